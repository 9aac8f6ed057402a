//! What the checks of pathways reject, and how they say it: cases that come after another list, trends, diagnoses,
//! tiers of SEN support and triage. Each test adds a small made-up pathway to a copy of the synthetic area
//! `tests/data/tiny`, makes one thing wrong, and compares the whole list of printed problems.

mod pack;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::{AssumptionKey, Confidence};
use needscast::domain::need::Need;
use needscast::domain::service::{Basis, Estimate};
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::scenario::service_lever::ServiceLever;
use tempfile::TempDir;

use pack::{Pack, copy_files, reject_each};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

const SETTINGS: &str = "needscast.toml";
const ASSUMPTIONS: &str = "assumptions.csv";
const SERVICES: &str = "services.csv";
const DRIVERS: &str = "drivers.csv";
const STAFF: &str = "staff.csv";
const POSTS: &str = "establishment.csv";
const TRENDS: &str = "trends.csv";
const OUTCOMES: &str = "outcomes.csv";
const SEN_SUPPORT: &str = "sen_support.csv";
const SCENARIO: &str = "scenarios/triage.toml";

/// Requests are decided on, advice is given, plans are written; children are seen, and assessed for autism; visits are
/// nobody's stage.
const TABLES: [(&str, &str); 9] = [
    (
        ASSUMPTIONS,
        "\
key,value,low,high,source,confidence
decisions_within_6_weeks_share,0.9,0.85,0.95,made up,high
annual_reviews_due_per_plan,0.8,0.7,0.9,made up,high
appeals_per_refusal,0.2,0.1,0.3,made up,high
appeals_per_new_plan,0.05,0.01,0.1,made up,high
sen_support_growth_per_year,0.02,0,0.04,made up,high
sen_support_growth_sd,0.03,0.02,0.04,made up,high
",
    ),
    (
        SEN_SUPPORT,
        "\
age,need,pupils,source,confidence,tier
5,ASD,20,made up,high,targeted
5,ASD,8,made up,medium,plus
5,ASD,3,made up,high,
6,ASD,15,made up,high,
6,SEMH,12,made up,high,targeted
7,SEMH,10,made up,high,plus
",
    ),
    (
        SERVICES,
        "\
service,name,profession,commissioner,section,standard_weeks,list_at_start,arrival_season,capacity_season,bought_hours,price_per_hour,source,confidence
panel,Panel,sen_officer,la,,6,4,,,0,,made up,high
psychology,Educational psychology,psychologist,la,F,6,10,,,0,,made up,high
writing,Plan writing,sen_officer,la,,4,,,,0,,made up,high
clinic,First appointments,paediatrician,icb,,18,25,,,0,,made up,high
autism,Autism assessment,assessment_team,icb,,13,40,,,0,,made up,high
visits,Visits,support_worker,joint,,,,,,0,,made up,high
",
    ),
    (
        DRIVERS,
        "\
service,driver,tier,of,needs,ages,settings,serve,priority,uptake_low,uptake,uptake_high,hours_low,hours,hours_high,group_size,source,confidence,after,support_tier
panel,decisions,,requests,,,,queue,1,1,1,1,1,2,3,,made up,high,,
psychology,advice,specialist,assessments,,,,queue,1,0.9,1,1,10,12,15,,made up,high,panel,
psychology,schools,targeted,sen_support,,,,ongoing,2,0.1,0.2,0.3,1,2,3,,made up,high,,plus
writing,drafts,,new_plans,,,,queue,1,1,1,1,5,8,10,,made up,high,psychology,
clinic,referrals,targeted,population,,0-17,,queue,1,0.01,0.02,0.03,1,2,3,,made up,high,,
autism,assessed,specialist,served,,,,queue,2,0.3,0.4,0.5,6,8,10,,made up,high,clinic,
autism,groups,targeted,sen_support,ASD,5-7,,ongoing,3,0.2,0.3,0.4,2,3,4,4,made up,high,,targeted
visits,reviews,,reviews,ASD SEMH,2-19,mainstream state_special,ongoing,1,0.5,0.6,0.7,1,2,3,,made up,high,,
visits,tribunals,,appeals,,,,ongoing,2,0.4,0.5,1,4,6,8,,made up,high,,
",
    ),
    (
        STAFF,
        "\
service,grade,vacancy,absence,direct_hours_low,direct_hours,direct_hours_high,turnover,months_to_recruit,source,confidence
panel,officer,0,0,1000,1200,1400,0,,made up,high
psychology,psychologist,0.1,0.05,1000,1200,1400,0.1,6,made up,high
writing,officer,0,0,1000,1200,1400,0,,made up,high
clinic,doctor,0,0,1000,1200,1400,0,,made up,high
autism,team,0,0,1000,1200,1400,0,,made up,high
visits,worker,0,0,1000,1200,1400,0,,made up,high
",
    ),
    (
        POSTS,
        "\
service,grade,from,fte,source
panel,officer,2025-01,0.5,made up
psychology,psychologist,2025-01,0.6,made up
writing,officer,2025-01,0.5,made up
clinic,doctor,2025-01,0.3,made up
autism,team,2025-01,0.4,made up
visits,worker,2025-01,0.5,made up
",
    ),
    (
        TRENDS,
        "\
service,driver,growth_low,growth,growth_high,source,confidence
clinic,referrals,0,0.05,0.1,made up,high
autism,assessed,-0.1,0,0.02,made up,medium
",
    ),
    (
        OUTCOMES,
        "\
service,need,ages,diagnosed_low,diagnosed,diagnosed_high,plans_low,plans,plans_high,renamed_low,renamed,renamed_high,source,confidence
autism,ASD,2-17,0.5,0.6,0.7,0.1,0.2,0.3,0.05,0.1,0.2,made up,high
",
    ),
    (
        SCENARIO,
        r#"title = "A first look"
[[add_triage]]
service = "clinic"
hours = 0.5
kept = 0.8
from = 2026
until = 2027
phase_in_years = 2
[[add_triage]]
service = "autism"
hours = 2
kept = 0.5
from = 2027
"#,
    ),
];

impl Pack {
    /// A copy of the tiny area with a pathway, and a scenario that changes it.
    fn with_pathway() -> Pack {
        let pack = Pack(TempDir::new().expect("a temporary folder"));
        copy_files(Path::new(TINY), pack.0.path());
        fs::create_dir(pack.0.path().join("scenarios")).expect("a folder made");
        TABLES.iter().fold(pack, |pack, (file, text)| pack.write(file, text))
    }

    /// Without the last columns of a table, however many.
    fn without_last_columns(self, file: &str, count: usize) -> Pack {
        let shorter = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            cells[..cells.len() - count].join(",") + "\n"
        };
        let text: String = self.text(file).lines().map(shorter).collect();
        self.write(file, &text)
    }

    /// Without pathways: the drivers are those of any folder before there were any.
    fn without_stages(self) -> Pack {
        self.replace(DRIVERS, "high,panel,", "high,,")
            .replace(DRIVERS, "high,psychology,", "high,,")
            .replace(DRIVERS, "served,,,,", "population,,0-17,,")
            .replace(DRIVERS, "high,clinic,", "high,,")
            .replace(DRIVERS, ",,plus", ",,")
            .replace(DRIVERS, ",,targeted\n", ",,\n")
    }

    /// A run of the binary: its forecast.
    fn run(&self) -> String {
        let out = self.0.path().join("run");
        let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
        command.arg("run").arg(self.0.path()).arg("--out").arg(&out).assert().code(0);
        fs::read_to_string(out.join("forecast.csv")).expect("a forecast")
    }
}

// ---------------------------------------------------------------------------------------------
// What is accepted.

#[test]
fn a_pathway_is_accepted_without_a_note() {
    let folder = Pack::with_pathway().accept();
    assert_eq!(folder.notes, Vec::<String>::new());
    let services = &folder.world.services;
    let driver = |service: usize, driver: usize| &services[service].drivers[driver];
    let after = |service: usize| driver(service, 0).after.as_deref();
    assert_eq!([0, 1, 2, 3, 4, 5].map(after), [None, Some("panel"), Some("psychology"), None, Some("clinic"), None]);
    assert_eq!(driver(4, 0).of, Basis::Served);
    assert_eq!((driver(5, 0).of, driver(5, 1).of), (Basis::Reviews, Basis::Appeals));
    assert_eq!(driver(1, 1).support_tier.as_deref(), Some("plus"));
    assert_eq!((driver(1, 0).support_tier.as_deref(), driver(4, 1).after.as_deref()), (None, None));
    for (file, _) in TABLES {
        let read = folder.files.iter().filter(|read| Path::new(&read.shown).ends_with(file)).count();
        assert_eq!(read, 1, "{file} among the files of the run record");
    }
}

#[test]
fn trends_are_factors_from_year_to_year_of_the_driver_they_name() {
    let folder = Pack::with_pathway().accept();
    let trend = |service: usize| folder.world.services[service].drivers[0].trend.as_ref();
    let referrals = trend(3).expect("a trend of referrals");
    assert_eq!(Some(referrals.factor), Estimate::new(1.0, 1.05, 1.1));
    assert_eq!((referrals.source.as_str(), referrals.confidence), ("made up", Confidence::High));
    assert_eq!(trend(4).map(|trend| trend.factor), Estimate::new(0.9, 1.0, 1.02));
    assert!([0, 1, 2, 5].into_iter().all(|service| trend(service).is_none()));
    for growth in ["-0.5,-0.5,-0.5", "0.5,0.5,0.5", "-0.5,0,0.5"] {
        Pack::with_pathway().replace(TRENDS, "0,0.05,0.1", growth).accept();
    }
}

#[test]
fn an_outcome_belongs_to_the_service_it_names() {
    let folder = Pack::with_pathway().accept();
    let services = &folder.world.services;
    assert!([0, 1, 2, 3, 5].into_iter().all(|service| services[service].outcome.is_none()));
    let outcome = services[4].outcome.as_ref().expect("an outcome of the assessment");
    assert_eq!((outcome.need, Some(outcome.ages)), (Need::Asd, AgeSpan::parse("2-17")));
    assert_eq!(Some(outcome.diagnosed), Estimate::new(0.5, 0.6, 0.7));
    assert_eq!(Some(outcome.plans), Estimate::new(0.1, 0.2, 0.3));
    assert_eq!(Some(outcome.renamed), Estimate::new(0.05, 0.1, 0.2));
    let blank = Pack::with_pathway().replace(OUTCOMES, "2-17", "").accept();
    assert_eq!(blank.world.services[4].outcome.as_ref().map(|outcome| outcome.ages), Some(AgeSpan::ALL));
    for (from, to) in [("0.5,0.6,0.7", "1,1,1"), ("0.2,0.3,0.05,0.1,0.2", "0.2,0.43,0.05,0.1,0.57")] {
        Pack::with_pathway().replace(OUTCOMES, from, to).accept();
    }
}

#[test]
fn pupils_of_a_tier_are_among_those_of_their_age_and_need() {
    let folder = Pack::with_pathway().accept();
    let known = folder.world.sen_support.expect("the folder has the table");
    let [asd, semh] = [Need::Asd, Need::Semh].map(|need| folder.world.needs.index(need).expect("plans have it"));
    assert_eq!([[5, asd], [6, asd], [6, semh], [7, semh]].map(|cell| known.pupils[cell]), [31, 15, 12, 10]);
    let [targeted, plus] = &known.tiers[..] else { panic!("two tiers") };
    assert_eq!((targeted.id.as_str(), plus.id.as_str()), ("targeted", "plus"));
    assert_eq!((targeted.pupils[[5, asd]], targeted.pupils[[6, semh]], targeted.pupils.sum()), (20, 12, 32));
    assert_eq!((plus.pupils[[5, asd]], plus.pupils[[7, semh]], plus.pupils.sum()), (8, 10, 18));
    assert_eq!((known.pupils.sum(), known.confidence), (68, Confidence::Medium));
}

#[test]
fn triage_is_read_as_it_stands() {
    let folder = Pack::with_pathway().accept();
    let [ServiceLever::Triage { service, timing, hours, kept }, ServiceLever::Triage { service: last, .. }] =
        &folder.scenarios[0].services[..]
    else {
        panic!("two triages")
    };
    assert_eq!((service.as_str(), last.as_str(), *hours, kept.value()), ("clinic", "autism", 0.5, 0.8));
    assert_eq!((timing.from, timing.until, timing.phase_in_years), (2026, Some(2027), 2));
    for (from, to) in [("0.5\nkept", "5000\nkept"), ("0.5\nkept", "0\nkept"), ("kept = 0.8", "kept = 0")] {
        Pack::with_pathway().replace(SCENARIO, from, to).accept();
    }
}

#[test]
fn assumptions_of_events_and_of_sen_support_are_read() {
    let assumptions = Pack::with_pathway().accept().world.assumptions;
    for (key, value) in [
        (AssumptionKey::DecisionsInTime, 0.9),
        (AssumptionKey::ReviewsDue, 0.8),
        (AssumptionKey::AppealsOfRefusals, 0.2),
        (AssumptionKey::AppealsOfContent, 0.05),
        (AssumptionKey::SupportGrowth, 0.02),
        (AssumptionKey::SupportGrowthSpread, 0.03),
    ] {
        assert_eq!(assumptions.value(key), value, "{key:?}");
    }
}

#[test]
fn columns_that_may_be_left_out_and_blank_cells_are_the_same() {
    let blank = Pack::with_pathway().without_stages();
    let left_out = Pack::with_pathway().without_stages().without_last_columns(DRIVERS, 2);
    assert_eq!(left_out.accept().world, blank.accept().world);
    // The columns may stand in any order, and alone.
    let only_after = Pack::with_pathway().replace(DRIVERS, ",,plus", ",,").replace(DRIVERS, ",,targeted\n", ",,\n");
    let with_both = only_after.accept();
    assert_eq!(only_after.without_last_columns(DRIVERS, 1).accept().world, with_both.world);
    let merged = Pack::with_pathway().without_stages().without_last_columns(SEN_SUPPORT, 1);
    merged.reject(&[
        "sen_support.csv:3: age '5' is given twice for ASD",
        "sen_support.csv:4: age '5' is given twice for ASD",
    ]);
    let row = |row| format!("5,ASD,{row},made up,high\n");
    let merged = merged.replace(SEN_SUPPORT, &row("3"), "").replace(SEN_SUPPORT, "5,ASD,8,made up,medium\n", "");
    let untold = merged.accept().world.sen_support.expect("the folder has the table");
    assert_eq!((untold.tiers.len(), untold.pupils.sum()), (0, 57));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let windows = TABLES.iter().fold(Pack::with_pathway(), |pack, (file, text)| {
        pack.write(file, &format!("\u{feff}{}", text.replace('\n', "\r\n")))
    });
    let (windows, plain) = (windows.accept(), Pack::with_pathway().accept());
    assert_eq!(windows.world, plain.world);
    assert_eq!(windows.scenarios, plain.scenarios);
}

#[test]
fn trends_and_outcomes_may_be_left_out() {
    let folder = Pack::with_pathway().delete(TRENDS).delete(OUTCOMES).accept();
    assert_eq!(folder.notes, Vec::<String>::new());
    let services = folder.world.services;
    assert!(services.iter().all(|service| service.outcome.is_none()));
    assert!(services.iter().flat_map(|service| &service.drivers).all(|driver| driver.trend.is_none()));
}

#[test]
fn a_forecast_from_another_census_leaves_the_pathway_out_and_says_so() {
    let pack = Pack::with_pathway();
    let overrides = Overrides { base_year: Some(2024), years: None };
    let folder = read_area_folder(pack.0.path(), overrides).unwrap_or_else(|problems| panic!("rejected:\n{problems}"));
    assert!(folder.world.services.is_empty() && folder.world.sen_support.is_none());
    assert!(folder.notes.iter().any(|note| note.starts_with("SEN support and services are those of January 2025")));
}

// ---------------------------------------------------------------------------------------------
// Notes.

#[test]
fn a_diagnosis_of_a_need_that_nobody_has_is_noted() {
    let folder = Pack::with_pathway().replace(OUTCOMES, "autism,ASD", "autism,HI").accept();
    let note = "outcome of autism: nobody in the area has the need HI, so no diagnosis is counted and no plan follows";
    assert_eq!(folder.notes, [note]);
}

#[test]
fn trends_and_outcomes_that_nobody_can_trace_are_of_low_confidence_and_noted() {
    let pack = Pack::with_pathway().replace(TRENDS, "0.1,made up,high", "0.1,,high").replace(
        OUTCOMES,
        "0.2,made up,high",
        "0.2,No published source,high",
    );
    let folder = pack.accept();
    let referrals = folder.world.services[3].drivers[0].trend.as_ref().expect("a trend");
    assert_eq!((referrals.source.as_str(), referrals.confidence), ("no source: local value", Confidence::Low));
    let note = "services: 0 of 9 drivers, 0 of 6 grades of staff, 0 of 6 services, 1 of 2 trends and 1 of 1 outcomes \
                have low confidence: they need local values";
    assert_eq!(folder.notes, [note]);
}

#[test]
fn a_triage_that_changes_nothing_is_noted() {
    let notes = |levers: &str| {
        let scenario = format!("title = \"In vain\"\n{levers}");
        Pack::with_pathway().write("scenarios/vain.toml", &scenario).accept().notes
    };
    let triage = |service: &str, hours: &str, kept: &str, from: u16| {
        format!("[[add_triage]]\nservice = \"{service}\"\nhours = {hours}\nkept = {kept}\nfrom = {from}\n")
    };
    let note = |service: &str| format!("scenario vain: add_triage of '{service}' changes nothing in 2025 to 2028");
    assert_eq!(notes(&triage("clinic", "0", "1", 2026)), [note("clinic")], "no time, and all stay");
    assert_eq!(notes(&triage("clinic", "1", "0.5", 2029)), [note("clinic")], "after the forecast");
    let again = triage("clinic", "1", "0.5", 2026) + &triage("clinic", "2", "0.4", 2025);
    assert_eq!(notes(&again), [note("clinic")], "replaced by the later lever");
    for hours_and_kept in [("0.1", "1"), ("0", "0.9")] {
        assert_eq!(notes(&triage("clinic", hours_and_kept.0, hours_and_kept.1, 2026)), Vec::<String>::new());
    }
    // One that does nothing ends the one before it.
    let ended = triage("clinic", "1", "0.5", 2026) + &triage("clinic", "0", "1", 2027);
    assert_eq!(notes(&ended), Vec::<String>::new());
}

// ---------------------------------------------------------------------------------------------
// Files and columns.

#[test]
fn an_empty_table_is_told_its_columns_and_one_without_rows_is_no_table() {
    for file in [TRENDS, OUTCOMES] {
        let pack = Pack::with_pathway();
        let header = pack.text(file).lines().next().expect("a header").to_string();
        let pack = pack.write(file, "");
        pack.reject(&[&format!("{file}: is empty (columns: {header})")]);
        pack.write(file, &format!("{header}\n")).reject(&[&format!("{file}: has a header and no rows")]);
    }
}

#[test]
fn trends_and_outcomes_are_nothing_without_services() {
    let services = [SERVICES, DRIVERS, STAFF, POSTS];
    let missing =
        services.map(|file| format!("{file}: is missing (an area folder needs it; see the README's data dictionary)"));
    for (kept, left_out) in [(TRENDS, OUTCOMES), (OUTCOMES, TRENDS)] {
        let pack = services.into_iter().chain([left_out, SCENARIO]).fold(Pack::with_pathway(), Pack::delete);
        pack.reject(&missing.each_ref().map(String::as_str));
        let without = pack.delete(kept).accept();
        assert!(without.world.services.is_empty());
    }
}

#[test]
fn columns_have_the_names_of_the_data_dictionary() {
    reject_each(
        Pack::with_pathway,
        DRIVERS,
        r#"
        confidence,after, -> confidence,afer, => : has an unknown column 'afer' (did you mean 'after'?)
        after,support_tier -> after,suport_tier => : has an unknown column 'suport_tier' (did you mean 'support_tier'?)
        after,support_tier -> after,after => : has the column 'after' twice
        "#,
    );
    reject_each(
        Pack::with_pathway,
        SEN_SUPPORT,
        "confidence,tier -> confidence,teir => : has an unknown column 'teir' (did you mean 'tier'?)",
    );
    let twice = Pack::with_pathway().replace(TRENDS, "growth_low,growth,", "growth_low,grown,");
    twice.reject(&[
        "trends.csv: has no column 'growth' (is it 'grown', misspelt?)",
        "trends.csv: has an unknown column 'grown' (did you mean 'growth'?)",
    ]);
    let rows = |file: &str, from: &str, to: &str, line: usize, found: usize, wanted: usize| {
        let expected = format!("{file}:{line}: has {found} values for {wanted} columns");
        Pack::with_pathway().replace(file, from, to).reject(&[&expected]);
    };
    rows(TRENDS, "0,0.05,0.1", "0.05,0.1", 2, 6, 7);
    rows(OUTCOMES, "0.5,0.6,0.7", "0.5,0.6,0.7,0.7", 2, 15, 14);
    rows(DRIVERS, "high,clinic,\n", "high,clinic\n", 7, 19, 20);
}

#[test]
fn a_pathway_is_checked_though_the_settings_cannot_be_read() {
    let unknown = "needscast.toml:9: unknown field `bas_year`, \
                   expected one of `base_year`, `years`, `replicates`, `seed`";
    Pack::with_pathway()
        .replace(SETTINGS, "base_year", "bas_year")
        .replace(TRENDS, "autism,assessed", "autism,asessed")
        .replace(OUTCOMES, "0.5,0.6,0.7", "0.5,0.6,1.7")
        .reject(&[
            unknown,
            "trends.csv:3: driver 'asessed' is not a known driver of autism (did you mean 'assessed'?)",
            "outcomes.csv:2: diagnosed_high '1.7' is too large (at most 1)",
        ]);
}

#[test]
fn every_problem_is_reported_at_once() {
    Pack::with_pathway()
        .replace(ASSUMPTIONS, "0.9,0.85,0.95", "1,0.85,1")
        .replace(SEN_SUPPORT, "10,made up,high,plus", "10,made up,high,Plus")
        .replace(DRIVERS, "high,panel,", "high,pannel,")
        .replace(STAFF, "clinic,doctor,0,", "clinic,doctor,1,")
        .reject(&[
            "assumptions.csv:2: value '1' is out of bounds (0.01 to 0.999)",
            "sen_support.csv:7: tier 'Plus' is not a tier's code (lower-case letters, digits, - and _, such as \
             targeted_plus)",
            "drivers.csv:3: after 'pannel' is not a known service (did you mean 'panel'?)",
            "staff.csv:5: vacancy '1' is out of bounds (a share, 0 or more and below 1)",
        ]);
    Pack::with_pathway()
        .replace(TRENDS, "0,0.05,0.1", "0,0.6,0.1")
        .replace(OUTCOMES, "0.5,0.6,0.7", "-0.5,0.6,1.7")
        .replace(POSTS, "clinic,doctor,2025-01", "clinic,doctor,2025")
        .reject(&[
            "trends.csv:2: growth '0.6' is out of bounds (a share of the year before, -0.5 to 0.5)",
            "outcomes.csv:2: diagnosed_low '-0.5' is negative",
            "outcomes.csv:2: diagnosed_high '1.7' is too large (at most 1)",
            "establishment.csv:5: from '2025' is not a month (such as 2026-09)",
        ]);
}

// ---------------------------------------------------------------------------------------------
// Cases after another list.

#[test]
fn cases_come_after_a_list_that_is_listed_before_theirs() {
    reject_each(
        Pack::with_pathway,
        DRIVERS,
        r#"
        high,panel, -> high,pannel, => :3: after 'pannel' is not a known service (did you mean 'panel'?)
        high,panel, -> high,everybody, => :3: after 'everybody' is not a known service (known: panel, psychology, writing, clinic, autism, visits)
        high,panel, -> high,psychology, => :3: after 'psychology' is the driver's own service (the service whose list its cases leave before they come)
        high,panel, -> high,clinic, => :3: after 'clinic' is not listed above the service (services.csv lists the services of a pathway in their order)
        high,panel, -> high,panel clinic, => :3: after 'panel clinic' is not a known service (known: panel, psychology, writing, clinic, autism, visits)
        high,clinic, -> high,, => :7: of 'served' is given without after (the service whose list they leave, in a column 'after')
        "#,
    );
    let alone = Pack::with_pathway().replace(DRIVERS, ",,plus", ",,").replace(DRIVERS, ",,targeted\n", ",,\n");
    let alone = alone.without_last_columns(DRIVERS, 2);
    alone.reject(&[
        "drivers.csv:7: of 'served' is given without after (the service whose list they leave, in a column 'after')",
    ]);
}

#[test]
fn only_cases_that_queue_come_after_a_list_and_only_from_one() {
    let given = |basis: &str| format!("is given for {basis} (assessments, new_plans or served; blank for all others)");
    reject_each(
        Pack::with_pathway,
        DRIVERS,
        &format!(
            r#"
        high,,\nautism,assessed -> high,panel,\nautism,assessed => :6: after 'panel' {}
        ongoing,3,0.2,0.3,0.4,2,3,4,4,made up,high,, -> queue,2,0.2,0.3,0.4,2,3,4,4,made up,high,clinic, => :8: after 'clinic' {}
        ongoing,1,0.5,0.6,0.7,1,2,3,,made up,high,, -> queue,1,0.5,0.6,0.7,1,2,3,,made up,high,clinic, => :9: after 'clinic' {}
        ongoing,2,0.4,0.5,1,4,6,8,,made up,high,, -> queue,2,0.4,0.5,1,4,6,8,,made up,high,clinic, => :10: after 'clinic' {}
        "#,
            given("population"),
            given("sen_support"),
            given("reviews"),
            given("appeals")
        ),
    );
    let neither = Pack::with_pathway().replace(
        DRIVERS,
        "1,2,3,,made up,high,,\nvisits,tri",
        "1,2,3,,made up,high,clinic,\nvisits,tri",
    );
    neither.reject(&[&format!("drivers.csv:9: after 'clinic' {}", given("reviews"))]);
    // Ongoing work of a basis that could follow.
    let ongoing = Pack::with_pathway().replace(DRIVERS, "new_plans,,,,queue", "new_plans,,,,ongoing");
    let ongoing = ongoing.replace(SERVICES, "la,,4,", "la,,,");
    ongoing.reject(&[
        "drivers.csv:5: after 'psychology' is given for ongoing work (only cases that queue come one by one)",
    ]);
    // A service whose work is all ongoing has no list to leave.
    let visits = "visits,Visits,support_worker,joint,,,,,,0,,made up,high\n";
    let first = Pack::with_pathway().replace(SERVICES, visits, "");
    let first = first.replace(SERVICES, "panel,Panel", &format!("{visits}panel,Panel"));
    first.accept();
    first
        .replace(DRIVERS, "high,panel,", "high,visits,")
        .reject(&["drivers.csv:3: after 'visits' is a service without a list (one with a driver that queues)"]);
}

// ---------------------------------------------------------------------------------------------
// Tiers of SEN support.

#[test]
fn the_tier_of_a_driver_is_one_of_the_pupils_it_counts() {
    reject_each(
        Pack::with_pathway,
        DRIVERS,
        r#"
        ,,plus -> ,,pluss => :4: support_tier 'pluss' is not a tier of sen_support.csv (did you mean 'plus'?)
        ,,plus -> ,,high_needs => :4: support_tier 'high_needs' is not a tier of sen_support.csv (known: targeted, plus)
        high,panel, -> high,panel,plus => :3: support_tier 'plus' is given, and assessments have no tier of SEN support (leave it blank)
        high,panel, -> high,panel,pluss => :3: support_tier 'pluss' is given, and assessments have no tier of SEN support (leave it blank)
        "#,
    );
    let identified =
        Pack::with_pathway().replace(DRIVERS, "schools,targeted,sen_support", "schools,targeted,identified");
    identified.reject(&[
        "drivers.csv:4: support_tier 'plus' is given, and identified have no tier of SEN support (leave it blank)",
    ]);
    let nowhere = "it has no column 'tier', or nothing in it";
    let untold = Pack::with_pathway().write(SEN_SUPPORT, "age,need,pupils,source,confidence\n5,ASD,20,made up,high\n");
    untold.reject(&[
        &format!("drivers.csv:4: support_tier 'plus' is not a tier of sen_support.csv ({nowhere})"),
        &format!("drivers.csv:8: support_tier 'targeted' is not a tier of sen_support.csv ({nowhere})"),
    ]);
    // One mistake, one problem.
    Pack::with_pathway().delete(SEN_SUPPORT).reject(&["drivers.csv:4: of 'sen_support' needs sen_support.csv, \
         which the folder does not have (a table of pupils on SEN support by age and need)"]);
    let unreadable = Pack::with_pathway().replace(SEN_SUPPORT, "5,ASD,8,", "5,ASD,8.5,");
    unreadable
        .reject(&["sen_support.csv:3: pupils '8.5' is not a whole number (counts are whole numbers of 0 or more)"]);
}

#[test]
fn a_tier_has_a_code_and_each_of_its_ages_and_needs_once() {
    let code = "is not a tier's code (lower-case letters, digits, - and _, such as targeted_plus)";
    reject_each(
        Pack::with_pathway,
        SEN_SUPPORT,
        &format!(
            r#"
        10,made up,high,plus -> 10,made up,high,Plus => :7: tier 'Plus' {code}
        10,made up,high,plus -> 10,made up,high,plus plus => :7: tier 'plus plus' {code}
        10,made up,high,plus -> 10,made up,high,all => :7: tier 'all' {code}
        medium,plus -> medium,targeted => :3: age '5' is given twice for ASD, tier targeted
        3,made up,high,\n -> 3,made up,high,plus\n => :4: age '5' is given twice for ASD, tier plus
        5,ASD,8 -> 5,ASD,1000001 => :3: pupils '1000001' is too many (at most 1000000)
        5,ASD,8 -> 5,ASD,4294967295 => :3: pupils '4294967295' is too many (at most 1000000)
        "#
        ),
    );
    let many = Pack::with_pathway().replace(SEN_SUPPORT, "5,ASD,8", "5,ASD,235");
    many.reject(&["sen_support.csv: age 5: 258 pupils on SEN support for 257 residents (see population.csv)"]);
    Pack::with_pathway().replace(SEN_SUPPORT, "5,ASD,8", "5,ASD,234").accept();
    let blank_twice = Pack::with_pathway().add(SEN_SUPPORT, "5,ASD,1,made up,high,\n");
    blank_twice.reject(&["sen_support.csv:8: age '5' is given twice for ASD"]);
}

#[test]
fn there_are_no_more_than_eight_tiers() {
    let with = |tiers: usize| {
        let row = |tier| format!("8,SEMH,1,made up,high,t{tier}\n");
        Pack::with_pathway().add(SEN_SUPPORT, &(2..tiers).map(row).collect::<String>())
    };
    assert_eq!(with(8).accept().world.sen_support.expect("the folder has the table").tiers.len(), 8);
    with(9).reject(&["sen_support.csv: has 9 tiers (at most 8)"]);
}

// ---------------------------------------------------------------------------------------------
// Trends and outcomes.

#[test]
fn a_trend_is_of_a_known_driver_and_a_share_of_the_year_before() {
    let bounds = "a share of the year before, -0.5 to 0.5";
    reject_each(
        Pack::with_pathway,
        TRENDS,
        &format!(
            r#"
        clinic,referrals -> clinics,referrals => :2: service 'clinics' is not a known service (did you mean 'clinic'?)
        clinic,referrals -> clinic,referals => :2: driver 'referals' is not a known driver of clinic (did you mean 'referrals'?)
        clinic,referrals -> clinic,assessed => :2: driver 'assessed' is not a known driver of clinic (known: referrals)
        clinic,referrals -> clinic, => :2: driver '' is not a known driver of clinic (known: referrals)
        autism,assessed -> clinic,referrals => :3: driver 'referrals' is listed twice for clinic
        0,0.05,0.1 -> 0.06,0.05,0.1 => :2: growth '0.05' is not between growth_low, 0.06, and growth_high, 0.1
        0,0.05,0.1 -> 0,0.05,0.04 => :2: growth '0.05' is not between growth_low, 0, and growth_high, 0.04
        0,0.05,0.1 -> 0.1,0.05,0 => :2: growth '0.05' is not between growth_low, 0.1, and growth_high, 0
        0,0.05,0.1 -> -0.51,0.05,0.1 => :2: growth_low '-0.51' is out of bounds ({bounds})
        0,0.05,0.1 -> 0,0.05,0.51 => :2: growth_high '0.51' is out of bounds ({bounds})
        0,0.05,0.1 -> 0,5,0.1 => :2: growth '5' is out of bounds ({bounds})
        0,0.05,0.1 -> 0,5%,0.1 => :2: growth '5%' is not a finite number (digits and a point: no thousands separators, £ or %)
        0,0.05,0.1 -> ,0.05,0.1 => :2: growth_low '' is blank
        0,0.05,0.1 -> 0,0.05,inf => :2: growth_high 'inf' is not a finite number
        0,0.05,0.1 -> 0,NaN,0.1 => :2: growth 'NaN' is not a finite number
        0.02,made up,medium -> 0.02,made up,middling => :3: confidence 'middling' is not a known confidence (known: high, medium, low)
        "#
        ),
    );
}

#[test]
fn an_outcome_is_of_a_service_with_a_list_and_listed_once() {
    reject_each(
        Pack::with_pathway,
        OUTCOMES,
        r#"
        autism,ASD -> autisme,ASD => :2: service 'autisme' is not a known service (did you mean 'autism'?)
        autism,ASD -> ,ASD => :2: service '' is not a known service (known: panel, psychology, writing, clinic, autism, visits)
        autism,ASD -> visits,ASD => :2: service 'visits' has no driver that queues (it diagnoses those whom its list has served)
        autism,ASD -> autism,ASC => :2: need 'ASC' is not a known need (did you mean 'ASD'?)
        autism,ASD -> autism, => :2: need '' is not a known need (known: SPLD, MLD, SLD, PMLD, SEMH, SLCN, HI, VI, MSI, PD, ASD, OTH, DS, NSA, NR)
        2-17 -> 17-2 => :2: ages '17-2' is not an age or a band (such as 4-18; blank: all)
        "#,
    );
    let again = TABLES.iter().find(|(file, _)| *file == OUTCOMES).expect("outcomes").1.lines().nth(1).expect("a row");
    let twice = Pack::with_pathway().add(OUTCOMES, &format!("{again}\n"));
    twice.reject(&["outcomes.csv:3: service 'autism' is listed twice"]);
}

#[test]
fn shares_of_an_outcome_are_in_order_and_no_more_than_one() {
    let sum = "(plans that follow one diagnosis)";
    reject_each(
        Pack::with_pathway,
        OUTCOMES,
        &format!(
            r#"
        0.5,0.6,0.7 -> 0.65,0.6,0.7 => :2: diagnosed '0.6' is not between diagnosed_low, 0.65, and diagnosed_high, 0.7
        0.5,0.6,0.7 -> 0.7,0.6,0.5 => :2: diagnosed '0.6' is not between diagnosed_low, 0.7, and diagnosed_high, 0.5
        0.5,0.6,0.7 -> 0.5,0.6,1.01 => :2: diagnosed_high '1.01' is too large (at most 1)
        0.5,0.6,0.7 -> -0.1,0.6,0.7 => :2: diagnosed_low '-0.1' is negative
        0.5,0.6,0.7 -> 0.5,,0.7 => :2: diagnosed '' is blank
        0.1,0.2,0.3,0.05 -> 0.25,0.2,0.3,0.05 => :2: plans '0.2' is not between plans_low, 0.25, and plans_high, 0.3
        0.1,0.2,0.3,0.05 -> 0.1,0.2,1.3,0.05 => :2: plans_high '1.3' is too large (at most 1)
        0.05,0.1,0.2 -> 0.15,0.1,0.2 => :2: renamed '0.1' is not between renamed_low, 0.15, and renamed_high, 0.2
        0.05,0.1,0.2 -> 0.05,0.1,0.71 => :2: plans_high '0.3' and renamed_high, 0.71, add up to more than 1 {sum}
        0.1,0.2,0.3,0.05,0.1,0.2 -> 0.1,0.2,0.9,0.05,0.1,0.3 => :2: plans_high '0.9' and renamed_high, 0.3, add up to more than 1 {sum}
        0.2,made up,high -> 0.2,made up,hihg => :2: confidence 'hihg' is not a known confidence (did you mean 'high'?)
        "#
        ),
    );
}

// ---------------------------------------------------------------------------------------------
// Assumptions.

#[test]
fn assumptions_of_events_and_of_sen_support_have_bounds() {
    reject_each(
        Pack::with_pathway,
        ASSUMPTIONS,
        r#"
        decisions_within_6_weeks_share -> decisions_within_six_weeks_share => :2: key 'decisions_within_six_weeks_share' is not a known assumption (did you mean 'decisions_within_6_weeks_share'?)
        0.9,0.85,0.95 -> 0.9,0,0.95 => :2: low '0' is out of bounds (0.01 to 0.999)
        0.9,0.85,0.95 -> 0.9,0.85,1 => :2: high '1' is out of bounds (0.01 to 0.999)
        0.8,0.7,0.9 -> 82,0.7,0.9 => :3: value '82' is out of bounds (0 to 2)
        0.2,0.1,0.3 -> -0.2,0.1,0.3 => :4: value '-0.2' is out of bounds (0 to 2)
        0.05,0.01,0.1 -> 0.05,0.01,2.1 => :5: high '2.1' is out of bounds (0 to 2)
        0.02,0,0.04 -> 0.02,-0.3,0.04 => :6: low '-0.3' is out of bounds (-0.2 to 0.2)
        0.02,0,0.04 -> 0.05,0,0.04 => :6: value '0.05' is not between low and high
        0.03,0.02,0.04 -> 0.03,0.02,0.4 => :7: high '0.4' is out of bounds (0 to 0.3)
        0.03,0.02,0.04 -> NaN,0.02,0.04 => :7: value 'NaN' is not a finite number
        appeals_per_new_plan -> appeals_per_refusal => :5: key 'appeals_per_refusal' is set twice
        "#,
    );
}

// ---------------------------------------------------------------------------------------------
// Triage.

#[test]
fn triage_looks_at_those_who_come_to_a_list() {
    reject_each(
        Pack::with_pathway,
        SCENARIO,
        r#"
        "clinic" -> "clinics" => :3: service 'clinics' is not a known service (did you mean 'clinic'?)
        "clinic" -> "visits" => :3: service 'visits' has no driver that queues (triage looks at those who come to a list)
        0.5\nkept -> -0.5\nkept => :4: hours '-0.5' is out of bounds (hours a case, 0 to 5000)
        0.5\nkept -> 5000.5\nkept => :4: hours '5000.5' is out of bounds (hours a case, 0 to 5000)
        0.5\nkept -> nan\nkept => :4: hours 'NaN' is out of bounds (hours a case, 0 to 5000)
        kept = 0.8 -> kept = 1.1 => :5: kept '1.1' is out of bounds (share of cases that stay on the list, 0 to 1)
        kept = 0.8 -> kept = -0.1 => :5: kept '-0.1' is out of bounds (share of cases that stay on the list, 0 to 1)
        kept = 0.8 -> kept = 80 => :5: kept '80' is out of bounds (share of cases that stay on the list, 0 to 1)
        kept = 0.8 -> kept = nan => :5: kept 'NaN' is out of bounds (share of cases that stay on the list, 0 to 1)
        from = 2026\nuntil -> from = 1926\nuntil => :6: from '1926' is not a year (2000 to 2100)
        until = 2027 -> until = 2025 => :7: until '2025' is before from
        phase_in_years = 2 -> phase_in_years = 0 => :8: phase_in_years '0' is out of bounds (1 (at once) to 25)
        "#,
    );
    let services = [SERVICES, DRIVERS, STAFF, POSTS, TRENDS, OUTCOMES];
    let alone = services.into_iter().fold(Pack::with_pathway(), Pack::delete);
    alone.reject(&[
        "scenarios/triage.toml:3: service 'clinic' is not known: the folder has no services.csv",
        "scenarios/triage.toml:10: service 'autism' is not known: the folder has no services.csv",
    ]);
}

#[test]
fn triage_has_its_keys_and_no_others() {
    let keys = "expected one of `service`, `hours`, `kept`, `from`, `until`, `phase_in_years`";
    reject_each(
        Pack::with_pathway,
        SCENARIO,
        &format!(
            r#"
        kept = 0.8 -> keep = 0.8 => :5: unknown field `keep`, {keys}
        hours = 0.5 -> hour = 0.5 => :4: unknown field `hour`, {keys}
        until = 2027 -> untill = 2027 => :7: unknown field `untill`, {keys}
        phase_in_years = 2 -> driver = "referrals" => :8: unknown field `driver`, {keys}
        kept = 0.8\n -> => :2: missing field `kept`
        hours = 0.5\n -> => :2: missing field `hours`
        from = 2026\n -> => :2: missing field `from`
        from = 2026\n -> from = "2026-09"\n => :6: invalid type: string "2026-09", expected u16
        kept = 0.8 -> kept = "0.8" => :5: invalid type: string "0.8", expected f64
        "#
        ),
    );
    let misspelt = Pack::with_pathway().write(SCENARIO, "title = \"A first look\"\n[[add_triages]]\n");
    let Err(problems) = misspelt.read() else { panic!("accepted") };
    assert!(problems.to_string().contains(":2: unknown field `add_triages`, expected one of"), "{problems}");
}

// ---------------------------------------------------------------------------------------------
// From end to end.

/// A row of `forecast.csv` by its text, and its numbers.
fn rows(forecast: &str) -> Vec<(String, Vec<f64>)> {
    let mut reader = csv::Reader::from_reader(forecast.as_bytes());
    let row = |record: csv::StringRecord| {
        let number = |text: &str| text.parse().unwrap_or(f64::NAN);
        let key: Vec<&str> = record.iter().take(8).collect();
        (key.join(","), record.iter().skip(8).map(number).collect())
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

#[test]
fn a_pathway_runs_from_end_to_end() {
    let forecast = rows(&Pack::with_pathway().run());
    for (key, numbers) in &forecast {
        assert!(numbers.iter().all(|number| number.is_finite() && *number >= 0.0), "{key}: {numbers:?}");
    }
    let measures = [
        "diagnosed_of_autism",
        "children_served_of_writing",
        "annual_reviews",
        "appeals",
        "share_of_decisions_within_6_weeks",
        "share_of_drafts_within_16_weeks",
        "share_of_plans_within_20_weeks",
        "sen_support_tier_plus",
    ];
    for measure in measures {
        let told = forecast.iter().any(|(key, _)| key.contains(&format!(",{measure},")));
        assert!(told, "{measure}");
    }
    let principal = |scenario: &str, year: u16, measure: &str| {
        let start = format!("{scenario},tiny,{year},{measure},all,");
        forecast.iter().find(|(key, _)| key.starts_with(&start)).map(|(_, numbers)| numbers[0]).expect("a figure")
    };
    let first = |measure| principal("baseline", 2025, measure);
    let (served, diagnosed) = (first("children_served_of_autism"), first("diagnosed_of_autism"));
    assert!(served > 0.0 && (diagnosed - 0.6 * served).abs() < 0.02, "{diagnosed} of {served}");
    assert_eq!(first("share_of_decisions_within_6_weeks"), 0.9);
    // The scenario is the baseline before it begins.
    for measure in ["diagnosed_of_autism", "hours_demanded_of_clinic", "new_plans"] {
        assert_eq!(principal("triage", 2025, measure), principal("baseline", 2025, measure), "{measure}");
    }
    let [with, without] = ["triage", "baseline"].map(|name| principal(name, 2027, "children_served_of_clinic"));
    assert!(with < without, "{with} against {without} after a first look");
}

#[test]
fn what_is_left_out_runs_as_what_is_blank() {
    let scenario =
        "title = \"A first look\"\n[[add_triage]]\nservice = \"clinic\"\nhours = 0.5\nkept = 0.8\nfrom = 2026\n";
    let blank = Pack::with_pathway().without_stages().write(SCENARIO, scenario);
    let left_out = Pack::with_pathway().without_stages().write(SCENARIO, scenario).without_last_columns(DRIVERS, 2);
    assert_eq!(blank.run(), left_out.run());
}

#[test]
fn the_command_line_tells_what_is_wrong_and_what_is_noted() {
    let check = |pack: &Pack| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
        let output = command.arg("check").arg(pack.0.path()).output().expect("the program runs");
        let file: PathBuf = pack.0.path().join("");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
        (output.status.code(), text.replace(&file.display().to_string(), ""))
    };
    let (code, _) = check(&Pack::with_pathway());
    assert_eq!(code, Some(0));
    let (code, text) = check(&Pack::with_pathway().replace(OUTCOMES, "autism,ASD", "autism,HI"));
    assert_eq!((code, text.matches("nobody in the area has the need HI").count()), (Some(0), 1), "{text}");
    let (code, text) = check(&Pack::with_pathway().replace(DRIVERS, "high,panel,", "high,pannel,"));
    let problem = "drivers.csv:3: after 'pannel' is not a known service (did you mean 'panel'?)";
    assert_eq!((code, text.matches(problem).count()), (Some(3), 1), "{text}");
}
