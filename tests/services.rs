//! Somerset's services and SEN support: every service has figures, scenarios act where they should, and the run
//! folder and the terminal tell of them.

use std::path::Path;
use std::sync::OnceLock;

use assert_cmd::Command;

/// A run of Somerset with few futures.
struct Run {
    _folder: tempfile::TempDir,
    forecast: Vec<Row>,
    differences: Vec<Row>,
    assumptions: String,
    terminal: String,
}

/// A line of `forecast.csv`.
struct Row {
    scenario: String,
    year: u16,
    measure: String,
    need: String,
    age_group: String,
    unit: String,
    principal: f64,
    median: f64,
}

fn somerset() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("run");
        let area = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
        command.arg("run").arg(area).args(["--replicates", "40", "--out"]).arg(&out);
        for scenario in ["six-more-psychologists", "autism-all-ages", "autism-triage", "early-language-offer"] {
            command.args(["--scenario", scenario]);
        }
        let done = command.assert().code(0);
        let terminal = String::from_utf8(done.get_output().stdout.clone()).expect("text");
        let read = |name: &str| std::fs::read_to_string(out.join(name)).expect("a table of the run");
        let (forecast, differences) = (rows(&read("forecast.csv")), rows(&read("differences.csv")));
        let assumptions = read("assumptions.csv");
        Run { _folder: folder, forecast, differences, assumptions, terminal }
    })
}

fn rows(table: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    let row = |record: csv::StringRecord| Row {
        scenario: record[0].to_string(),
        year: record[2].parse().expect("a year"),
        measure: record[3].to_string(),
        need: record[4].to_string(),
        age_group: record[6].to_string(),
        unit: record[7].to_string(),
        principal: number(&record[8]),
        median: number(&record[14]),
    };
    reader.records().map(|record| row(record.expect("a record"))).collect()
}

fn find<'a>(rows: &'a [Row], scenario: &str, measure: &str, year: u16) -> Option<&'a Row> {
    rows.iter().find(|row| {
        (row.scenario.as_str(), row.measure.as_str(), row.year) == (scenario, measure, year)
            && row.need == "all"
            && row.age_group == "all"
    })
}

fn figure<'a>(rows: &'a [Row], scenario: &str, measure: &str, year: u16) -> &'a Row {
    find(rows, scenario, measure, year).unwrap_or_else(|| panic!("no {measure} of {scenario} in {year}"))
}

/// Codes of the services of the area folder.
fn services() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset/services.csv");
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.records().map(|record| record.expect("a record")[0].to_string()).collect()
}

#[test]
fn every_service_has_hours_staff_and_a_balance() {
    let run = somerset();
    assert_eq!(services().len(), 28);
    for service in services() {
        for year in [2025, 2034] {
            let value = |what: &str| {
                find(&run.forecast, "baseline", &format!("{what}_of_{service}"), year).map_or(0.0, |row| row.principal)
            };
            assert!(value("hours_demanded") > 0.0, "{service}");
            assert!(value("hours_delivered") <= value("hours_there_are") + 0.1, "{service}");
            let gap = value("fte_needed") - value("fte_in_post");
            assert!((value("fte_gap") - gap.max(0.0)).abs() < 0.021, "{service}");
        }
        // The list, too: those who waited and came were served or wait. Only where one driver brings all cases is it
        // seen how many came.
        if service == "educational_psychology" {
            let value =
                |what: &str, year| figure(&run.forecast, "baseline", &format!("{what}_of_{service}"), year).principal;
            let advice = |year| {
                let hours = "hours_demanded_for_educational_psychology_statutory_advice";
                figure(&run.forecast, "baseline", hours, year).principal / 17.4
            };
            let waited = value("waiting_list", 2029) + advice(2030);
            let gone = value("children_served", 2030) + value("waiting_list", 2030);
            assert!((waited - gone).abs() < 0.5, "{waited} and {gone}");
        }
        // All years after the first: what waited + demanded = delivered + unmet + what waits.
        for year in 2026..=2034 {
            let value = |what: &str, year: u16| {
                find(&run.forecast, "baseline", &format!("{what}_of_{service}"), year).map_or(0.0, |row| row.principal)
            };
            let before = value("hours_waiting", year - 1) + value("hours_demanded", year);
            let after = value("hours_delivered", year) + value("hours_unmet", year) + value("hours_waiting", year);
            assert!((before - after).abs() < 0.05, "{service} in {year}: {before} and {after}");
        }
    }
}

#[test]
fn hours_by_kind_of_work_add_up_to_those_of_the_service() {
    let run = somerset();
    let sum = |what: &str| -> f64 {
        let start = format!("{what}_for_educational_psychology_");
        let own = run
            .forecast
            .iter()
            .filter(|row| row.scenario == "baseline" && row.year == 2030 && row.measure.starts_with(&start));
        own.map(|row| row.principal).sum()
    };
    for what in ["hours_demanded", "hours_delivered"] {
        let whole = figure(&run.forecast, "baseline", &format!("{what}_of_educational_psychology"), 2030);
        assert_eq!(whole.unit, "hours");
        assert!((sum(what) - whole.principal).abs() < 0.1, "{what}");
    }
    let early = figure(&run.forecast, "baseline", "hours_of_early_work_of_educational_psychology", 2030).principal;
    let of_schools = ["early_consultation", "pyramid_sessions", "traded_work", "critical_incidents_and_training"];
    let delivered = of_schools.map(|work| {
        let measure = format!("hours_delivered_for_educational_psychology_{work}");
        find(&run.forecast, "baseline", &measure, 2030).map_or(0.0, |row| row.principal)
    });
    assert!(early > 0.0 && (delivered.iter().sum::<f64>() - early).abs() < 0.1);
    let by_need = run.forecast.iter().filter(|row| {
        row.scenario == "baseline"
            && row.year == 2030
            && row.measure == "hours_demanded_of_salt_community_tier_specialist"
    });
    let (all, needs): (Vec<&Row>, Vec<&Row>) = by_need.partition(|row| row.need == "all");
    let sum: f64 = needs.iter().map(|row| row.principal).sum();
    assert!(needs.len() > 3 && (sum - all[0].principal).abs() < 0.1);
}

#[test]
fn six_more_psychologists_deliver_more_and_shorten_the_wait() {
    let run = somerset();
    let change = |measure: &str, year| figure(&run.differences, "six-more-psychologists", measure, year);
    assert!(change("hours_delivered_of_educational_psychology", 2030).median > 1000.0);
    assert!(change("waiting_list_of_educational_psychology", 2030).median < 0.0);
    assert!(change("share_of_plans_within_20_weeks", 2030).median > 0.0);
    // Before they come nothing differs, and nobody else is served otherwise.
    let nothing = |measure: &str, year| {
        find(&run.differences, "six-more-psychologists", measure, year).is_none_or(|row| row.principal == 0.0)
    };
    assert!(nothing("hours_delivered_of_educational_psychology", 2025));
    assert!(nothing("hours_delivered_of_salt_community", 2030) && nothing("plans", 2030));
}

#[test]
fn an_autism_pathway_for_all_ages_sees_more_children_and_waits_longer() {
    let run = somerset();
    let change = |measure: &str| figure(&run.differences, "autism-all-ages", measure, 2030).median;
    assert!(change("hours_demanded_of_autism_first_appointment") > 500.0);
    assert!(change("waiting_list_of_autism_first_appointment") > 0.0);
    assert!(change("wait_mean_weeks_of_autism_first_appointment") > 0.0);
    // No more are seen than staff allow.
    assert!(change("diagnosed_of_autism_assessment").abs() < 50.0);
}

#[test]
fn a_triage_in_front_of_the_autism_pathway_shortens_its_list() {
    let run = somerset();
    let change = |measure: &str| figure(&run.differences, "autism-triage", measure, 2034).median;
    assert!(change("waiting_list_of_autism_first_appointment") < 0.0);
    assert!(change("hours_demanded_of_autism_assessment") < 0.0);
    let nothing =
        |measure: &str| find(&run.differences, "autism-triage", measure, 2026).is_none_or(|row| row.principal == 0.0);
    assert!(nothing("hours_demanded_of_autism_first_appointment") && nothing("plans"));
}

/// Requests wait for a decision, assessments for advice after it, plans for a draft after that.
#[test]
fn stages_of_the_assessment_follow_one_another() {
    let run = somerset();
    let value = |measure: &str| figure(&run.forecast, "baseline", measure, 2030).principal;
    assert!((value("children_served_of_ehc_decisions") - value("requests")).abs() < 1.0);
    let advice = value("hours_demanded_for_educational_psychology_statutory_advice") / 17.4;
    assert!((advice - value("assessments")).abs() < 1.0);
    // Psychologists fall behind, so fewer plans can be drafted than are issued.
    assert!(value("children_served_of_sen_casework") < value("new_plans"));
    let in_2025 = |measure: &str| figure(&run.forecast, "baseline", measure, 2025).principal;
    assert!((in_2025("share_of_decisions_within_6_weeks") - 0.966).abs() < 0.0002);
    assert!(in_2025("share_of_drafts_within_16_weeks") < in_2025("share_of_plans_within_20_weeks"));
    assert!(value("annual_reviews") > 4000.0 && value("appeals") > 100.0);
}

#[test]
fn a_language_offer_lowers_plans_and_keeps_pupils_on_sen_support() {
    let run = somerset();
    let change = |measure: &str, year| figure(&run.differences, "early-language-offer", measure, year).median;
    assert!(change("plans", 2031) < 0.0);
    assert!(change("sen_support_to_plans", 2031) < 0.0);
    assert!(change("sen_support", 2031) > 0.0);
    let plans = |year| find(&run.differences, "early-language-offer", "plans", year);
    assert!(plans(2027).is_none_or(|row| row.median == 0.0), "the offer starts in 2026 and shows a year later");
}

#[test]
fn sen_support_starts_as_published_and_plans_in_time_too() {
    let run = somerset();
    // 14.4 % of 71,959 pupils (DfE, January 2025).
    assert_eq!(figure(&run.forecast, "baseline", "sen_support", 2025).principal, 10_362.0);
    let share = figure(&run.forecast, "baseline", "share_of_plans_within_20_weeks", 2025).principal;
    assert!((share - 0.335).abs() < 0.0002, "{share}");
}

#[test]
fn numbers_without_a_source_are_flagged_in_the_run_folder_and_on_the_terminal() {
    let run = somerset();
    let line = |start: &str| run.assumptions.lines().find(|line| line.starts_with(start)).expect("a line");
    assert!(line("hours_of_salt_community_plans_special,").contains("needs a local value"));
    assert!(!line("standard_of_autism_first_appointment,").contains("needs a local value"));
    assert!(line("vacancy_of_educational_psychology_psychologist,").contains("needs a local value"));
    assert!(run.terminal.contains("Need local values"));
    assert!(run.terminal.contains("Educational psychology service, baseline: hours by kind of work"));
    assert!(run.terminal.contains("Plans issued within 20 weeks"));
}
