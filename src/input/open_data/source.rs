//! Where a figure was published: the ids in the column `source`, and what `sources.csv` says of each.

/// A published table, or how a figure that no table has came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub id: String,
    pub publisher: String,
    pub title: String,
    pub coverage: String,
}

pub const LICENCE: &str = "Open Government Licence v3.0";

pub const CASELOAD: &str = "dfe_sen2_2025_caseload";
pub const NEW_PLANS: &str = "dfe_sen2_2025_newplans";
pub const CEASED: &str = "dfe_sen2_2025_ceased";
pub const REQUESTS: &str = "dfe_sen2_2025_requests";
pub const ASSESSMENTS: &str = "dfe_sen2_2025_assessments";
pub const NEEDS: &str = "dfe_sen2_2025_needs";
pub const NEW_NEEDS: &str = "dfe_sen2_2025_needs_new";
pub const AGE_CASELOAD: &str = "dfe_sen2_2022_age_caseload";
pub const AGE_NEW: &str = "dfe_sen2_2022_age_new";
pub const ESTABLISHMENT_CASELOAD: &str = "dfe_sen2_2022_estab_caseload";
pub const ESTABLISHMENT_NEW: &str = "dfe_sen2_2022_estab_new";
/// Requests of 2016 to 2018. No rate is fitted to them, so an area folder does without.
pub const MANAGEMENT_INFORMATION: &str = "dfe_sen2_2022_mi";
/// A published total less the sum of its published placements.
pub const DIFFERENCE: &str = "difference";
/// The sum of an area's placements, where the total published for it is another place's.
pub const SUM_OF_PLACEMENTS: &str = "sum_of_placements";
/// Not published, and taken to be so for a reason that the notes give.
pub const ASSUMED: &str = "assumed";

/// Totals of all local authorities, in `panel.csv`.
pub const PANEL: &str = "panel";

/// The source of totals from one January to another.
pub fn panel_source(first: u16, last: u16) -> Source {
    Source {
        id: PANEL.to_string(),
        publisher: format!("{DFE}; {ONS}"),
        title: "Totals by local authority from the tables above (caseload and sen2_age_caseload, newplans and sen2_age_new_plans, requests and sen2_mi) and mid-year population estimates as first published".to_string(),
        coverage: format!("January {first} to {last}; flows of the year before; residents of mid-year two years before or of the first estimate"),
    }
}

const DFE: &str = "Department for Education";
const ONS: &str = "Office for National Statistics";
const SELF: &str = "needscast";

/// The reporting year that ids and coverage are written for.
const KNOWN_YEAR: u16 = 2025;
/// How the ids of its tables begin.
const CURRENT: &str = "dfe_sen2_2025_";

/// Tables of the releases, in the order in which an area folder lists them: id, title, coverage.
const RELEASES: [(&str, &str, &str); 11] = [
    (
        CASELOAD,
        "Education health and care plans: reporting year 2025 - plans held in January by placement and age (caseload)",
        "January 2019 to 2025; placements each year; age by placement 2024 and 2025",
    ),
    (
        NEW_PLANS,
        "Education health and care plans: reporting year 2025 - new plans by placement and age when the plan started (newplans)",
        "Calendar years 2019 to 2024; age when started by placement 2022 to 2024",
    ),
    (
        CEASED,
        "Education health and care plans: reporting year 2025 - plans that ceased by reason with age and placement (ceased_plans)",
        "Calendar years 2022 to 2024; age and placement 2023 and 2024",
    ),
    (
        REQUESTS,
        "Education health and care plans: reporting year 2025 - requests for an assessment and their outcome (requests)",
        "Calendar years 2019 to 2024; age 2023 and 2024",
    ),
    (
        ASSESSMENTS,
        "Education health and care plans: reporting year 2025 - assessments and their outcome (assessments)",
        "Calendar years 2019 to 2024; age 2023 and 2024",
    ),
    (
        NEEDS,
        "Education health and care plans: reporting year 2025 - primary need of all plans by age and placement (sen_needs_all_plans)",
        "January 2025",
    ),
    (
        NEW_NEEDS,
        "Education health and care plans: reporting year 2025 - primary need of new plans by age and placement (sen_need_newplans)",
        "Calendar year 2024",
    ),
    (
        AGE_CASELOAD,
        "Education health and care plans: reporting year 2022 - statements and plans held in January by age band (sen2_age_caseload)",
        "January 2010 to 2022; five age bands",
    ),
    (
        AGE_NEW,
        "Education health and care plans: reporting year 2022 - new statements and plans by age band (sen2_age_new_plans)",
        "Calendar years 2009 to 2021; five age bands",
    ),
    (
        ESTABLISHMENT_CASELOAD,
        "Education health and care plans: reporting year 2022 - statements and plans held in January by establishment type (sen2_estab_caseload)",
        "January 2010 to 2022; used to 2018",
    ),
    (
        ESTABLISHMENT_NEW,
        "Education health and care plans: reporting year 2022 - new statements and plans by establishment type (sen2_estab_new_plans)",
        "Calendar years 2009 to 2021; used to 2018 and for home education and NEET 2019 to 2021",
    ),
];

/// The tables of the releases that figures come from. The later release is that of the base
/// January: of another year than 2025 it has the same tables, and its own ids and coverage.
pub fn releases(reporting_year: u16, years: impl Fn(&str) -> Option<(u16, u16)>) -> Vec<Source> {
    let known = RELEASES.into_iter().filter_map(|(id, title, coverage)| Some((id, title, coverage, years(id)?)));
    known
        .map(|(id, title, coverage, years)| {
            if reporting_year == KNOWN_YEAR || !id.starts_with(CURRENT) {
                return source(id, DFE, title, coverage);
            }
            let title = title.replace(&KNOWN_YEAR.to_string(), &reporting_year.to_string());
            source(&written_id(id, reporting_year), DFE, &title, &range(years))
        })
        .collect()
}

/// The id of a source in an area folder.
pub fn written_id(id: &str, reporting_year: u16) -> String {
    match id.strip_prefix(CURRENT) {
        Some(table) => format!("dfe_sen2_{reporting_year}_{table}"),
        None => id.to_string(),
    }
}

/// Sources of figures that no table has.
pub fn made_here(years: impl Fn(&str) -> Option<(u16, u16)>) -> Vec<Source> {
    let known = [
        (DIFFERENCE, "A published total less the sum of its published placements"),
        (SUM_OF_PLACEMENTS, "The sum of published placements where the published total is another place's"),
        (ASSUMED, "Not published; the notes of the folder say what was assumed"),
    ];
    known.into_iter().filter_map(|(id, title)| Some(source(id, SELF, title, &range(years(id)?)))).collect()
}

fn range((first, last): (u16, u16)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// An estimate or projection of the population.
pub fn by_office_for_national_statistics(id: &str, title: &str, coverage: &str) -> Source {
    source(id, ONS, title, coverage)
}

/// A variant whose file does not say who made it.
pub fn by_unnamed_publisher(id: &str, title: &str, coverage: &str) -> Source {
    source(id, "not named in the file", title, coverage)
}

fn source(id: &str, publisher: &str, title: &str, coverage: &str) -> Source {
    let [id, publisher, title, coverage] = [id, publisher, title, coverage].map(str::to_string);
    Source { id, publisher, title, coverage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_of_another_year_is_named_by_its_own_year() {
        let sources = releases(2026, |id| (id == CASELOAD || id == AGE_NEW).then_some((2019, 2026)));
        assert_eq!(sources[0].id, "dfe_sen2_2026_caseload");
        assert!(sources[0].title.contains("reporting year 2026"));
        assert_eq!(sources[0].coverage, "2019-2026");
        assert_eq!(sources[1].id, AGE_NEW);
        assert_eq!(written_id(CASELOAD, 2025), CASELOAD);
    }
}
