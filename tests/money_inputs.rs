//! What the checks of prices, payers and upratings reject, and how they say it. Each test adds made-up tables to a copy of
//! the synthetic area `tests/data/tiny`, makes one thing wrong, and compares the whole list of printed problems.

mod pack;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use needscast::domain::money::FinancialYear;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::money::MoneyModel;
use needscast::scenario::lever::ScenarioKind;
use tempfile::TempDir;

use pack::{Pack, copy_files, reject_each};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

const PRICES: &str = "prices.csv";
const PAYERS: &str = "payers.csv";
const UPRATING: &str = "uprating.csv";

const TABLES: [(&str, &str); 3] = [
    (
        PRICES,
        "\
line,name,of,settings,needs,age_groups,service,low,price,high,price_year,uprating,source,confidence
schools,Schools,plans,mainstream further_education,,,,9000,10000,12000,2024-25,fees,made up,high
special,Special schools,plans,state_special,ASD SLCN,,,20000,25000,30000,2025-26,fees,made up,high
special_others,Special schools,plans,state_special,SEMH,,,20000,24000,30000,2025-26,fees,made up,high
panel,Panel,year,,,,,50000,50000,50000,2025-26,inflation,made up,high
appeals,Appeals,requests,,,,,100,200,400,2025-26,inflation,made up,high
",
    ),
    (
        PAYERS,
        "\
line,payer,share,from,source
schools,high_needs_block,0.75,,made up
schools,schools,0.25,,made up
special,high_needs_block,1,,made up
special,high_needs_block,0.9,2027-28,made up
special,icb,0.1,2027-28,made up
special_others,high_needs_block,1,,made up
panel,la_general_fund,1,,made up
appeals,la_general_fund,1,,made up
",
    ),
    (
        UPRATING,
        "\
uprating,from,until,low,rate,high,source,confidence
fees,2025-26,2026-27,0.01,0.04,0.06,made up,high
fees,2027-28,2030-31,-0.01,0.03,0.05,made up,high
inflation,2026-27,2028-29,0.01,0.02,0.03,made up,high
",
    ),
];

impl Pack {
    fn with_money() -> Pack {
        let pack = Pack(TempDir::new().expect("a temporary folder"));
        copy_files(Path::new(TINY), pack.0.path());
        TABLES.iter().fold(pack, |pack, (file, text)| pack.write(file, text))
    }
}

#[test]
fn prices_are_accepted_and_make_tables_of_the_run() {
    let pack = Pack::with_money();
    let folder = pack.accept();
    assert_eq!(folder.world.money.as_ref().map(|money| (money.lines.len(), money.upratings.len())), Some((5, 2)));
    let out = pack.0.path().join("run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    let done = command.arg("run").arg(pack.0.path()).arg("--out").arg(&out).assert().code(0);
    let terminal = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    assert!(terminal.contains("Costs by payer, baseline"));
    let money = fs::read_to_string(out.join("money.csv")).expect("a table of costs");
    let find = |keys: &str| -> f64 {
        let line = money.lines().find(|line| line.starts_with(&format!("baseline,tiny,{keys},pounds,")));
        let line = line.unwrap_or_else(|| panic!("no {keys}"));
        line.split(',').nth(7).and_then(|value| value.parse().ok()).expect("a number")
    };
    // The principal projection adds up to the penny: lines, payers, years.
    assert_eq!(find("2025-26,panel,all,nominal"), 50_000.0);
    let cents = |keys: &str| (find(keys) * 100.0).round() as i64;
    let lines = ["schools", "special", "special_others", "panel", "appeals"];
    let all: i64 = lines.iter().map(|line| cents(&format!("2028-29,{line},all,nominal"))).sum();
    assert_eq!(all, cents("2028-29,all,all,nominal"));
    let payers = ["high_needs_block", "la_general_fund", "icb", "schools"];
    assert_eq!(all, payers.iter().map(|payer| cents(&format!("2028-29,all,{payer},nominal"))).sum::<i64>());
    let years = ["2025-26", "2026-27", "2027-28", "2028-29"];
    let sum: i64 = years.iter().map(|year| cents(&format!("{year},all,all,nominal"))).sum();
    assert_eq!(sum, cents("all,all,all,nominal"));
    assert!(find("2028-29,all,all,real") < find("2028-29,all,all,nominal"));
    assert_eq!(find("2025-26,all,all,real"), find("2025-26,all,all,nominal"));
    // Prices, payers and upratings stand among the assumptions.
    let assumptions = fs::read_to_string(out.join("assumptions.csv")).expect("a table");
    for row in [
        "price_of_special,25000,pounds of 2025-26 by plans,20000,30000,high,,made up",
        "share_of_special_icb_from_2027-28,0.1,share of the cost,0.1,0.1,medium,,made up",
        "uprating_fees_2027-28_to_2030-31,0.03,share of the year before,-0.01,0.05,high,,made up",
    ] {
        assert!(assumptions.lines().any(|line| line == row), "no {row}");
    }
    // Sums stand in the forecast as well, in the year in which the financial year starts.
    let forecast = fs::read_to_string(out.join("forecast.csv")).expect("a forecast");
    let told = |measure: &str, as_in: &str| {
        let start = format!("baseline,tiny,2028,{measure},all,all,all,pounds,{:.2},", find(as_in));
        assert!(forecast.lines().any(|line| line.starts_with(&start)), "no {start}");
    };
    told("cost", "2028-29,all,all,nominal");
    told("cost_real", "2028-29,all,all,real");
    told("cost_icb", "2028-29,all,icb,nominal");
    // Nothing is paid by the health board before 2027-28.
    assert!(!money.contains(",2026-27,special,icb,") && find("2027-28,special,icb,nominal") > 0.0);
}

#[test]
fn all_three_tables_are_there_or_none() {
    let missing = |file: &str| format!("{file}: is missing (prices.csv, payers.csv and uprating.csv come together)");
    for file in [PRICES, PAYERS, UPRATING] {
        Pack::with_money().delete(file).reject(&[&missing(file)]);
    }
    let without = Pack::with_money().delete(PRICES).delete(PAYERS).delete(UPRATING);
    assert!(without.accept().world.money.is_none());
}

#[test]
fn a_line_says_what_it_counts_and_what_one_costs() {
    reject_each(
        Pack::with_money,
        PRICES,
        r#"
        schools,Schools -> Schools,Schools => :2: line 'Schools' is not a line's code (lower-case letters, digits, - and _)
        panel,Panel,year -> panel,Panel,years => :5: of 'years' is not a known basis (did you mean 'year'?)
        mainstream further_education -> mainstream further_eduction => :2: settings 'mainstream further_eduction' names 'further_eduction', which is not a known setting (did you mean 'further_education'?)
        ASD SLCN -> ASD SLCM => :3: needs 'ASD SLCM' names 'SLCM', which is not a known need (did you mean 'SLCN'?)
        ASD SLCN,, -> ASD SLCN,5_to_9, => :3: age_groups '5_to_9' names '5_to_9', which is no age group (did you mean '5_to_10'?)
        panel,Panel,year,, -> panel,Panel,year,mainstream, => :5: settings 'mainstream' is given, and year are not told apart by settings (leave it blank)
        50000,50000,50000 -> 50000,60000,50000 => :5: price '60000' is not between low, 50000, and high, 50000
        50000,50000,50000 -> 50000,50000,£50000 => :5: high '£50000' is not a finite number (digits and a point: no thousands separators, £ or %)
        50000,50000,50000 -> 50000,,50000 => :5: price '' is blank
        50000,50000,50000 -> -1,50000,50000 => :5: low '-1' is out of bounds (pounds, 0 to 1000000000)
        50000,50000,50000 -> x,50000,50000 => :5: low 'x' is not a finite number
        50000,2025-26 -> 50000,2025 => :5: price_year '2025' is not a financial year (such as 2025-26)
        400,2025-26,inflation -> 400,2025-26,inflatoin => :6: uprating 'inflatoin' is not in uprating.csv (did you mean 'inflation'?)
        400,2025-26,inflation -> 400,2025-26, => :6: uprating '' is blank (the code of an uprating in uprating.csv)
        appeals,Appeals,requests,,,,, -> appeals,Appeals,staff,,,,, => :6: service '' is not a known service
        "#,
    );
}

#[test]
fn a_line_is_listed_once() {
    Pack::with_money()
        .add(PRICES, "panel,Another,year,,,,,1,1,1,2025-26,inflation,made up,high\n")
        .reject(&["prices.csv:7: line 'panel' is listed twice"]);
}

/// A setting that nobody prices would seem to be free.
#[test]
fn every_setting_has_a_price() {
    Pack::with_money()
        .replace(PRICES, "mainstream further_education", "mainstream")
        .reject(&["prices.csv: has no price of plans in the setting 'further_education' (a price of 0 says that they cost nothing)"]);
}

#[test]
fn every_pound_has_a_payer_and_one_only() {
    reject_each(
        Pack::with_money,
        PAYERS,
        r#"
        schools,schools,0.25 -> schools,schools,0.2 => : has shares of 'schools' that sum to 0.95 (every pound has a payer, and one only)
        special,icb,0.1 -> special,icb,0.2 => : has shares of 'special' from 2027-28 that sum to 1.1 (every pound has a payer, and one only)
        panel,la_general_fund,1,,made up\n -> => : says nobody who pays for 'panel' (shares of payers that sum to 1)
        panel,la_general_fund -> panel,parents => :8: payer 'parents' is not a known payer (known: high_needs_block, la_general_fund, icb, schools, dfe_grants)
        panel,la_general_fund -> pannel,la_general_fund => :8: line 'pannel' is not a known line of prices.csv (did you mean 'panel'?)
        panel,la_general_fund,1 -> panel,la_general_fund,-1 => :8: share '-1' is out of bounds (a share, 0 to 1)
        special,icb,0.1,2027-28 -> special,icb,0.1,2027 => :6: from '2027' is not a financial year (such as 2025-26)
        special,icb,0.1 -> special,high_needs_block,0.1 => :6: payer 'high_needs_block' is given twice for special
        "#,
    );
}

#[test]
fn upratings_reach_the_last_year() {
    reject_each(
        Pack::with_money,
        UPRATING,
        r#"
        0.01,0.04,0.06 -> 0.05,0.04,0.06 => :2: rate '0.04' is not between low, 0.05, and high, 0.06
        "#,
    );
    let ends = |line: &str, of: &str, from: &str, year: &str| {
        format!("prices.csv:{line}: uprating '{of}' has no rate for {year} (prices of {from} are wanted until 2028-29)")
    };
    Pack::with_money().replace(UPRATING, "2030-31", "2027-28").reject(&[
        &ends("2", "fees", "2024-25", "2028-29"),
        &ends("3", "fees", "2025-26", "2028-29"),
        &ends("4", "fees", "2025-26", "2028-29"),
    ]);
    Pack::with_money()
        .replace(PRICES, "400,2025-26,inflation", "400,2025-26,fees")
        .replace(PRICES, "50000,2025-26,inflation", "50000,2025-26,fees")
        .replace(UPRATING, "inflation,", "prices,")
        .reject(&[
            "uprating.csv: has no 'inflation' for each year from 2026-27 to 2028-29 (nominal pounds are brought to \
                   real ones by it)",
        ]);
    Pack::with_money()
        .replace(UPRATING, "fees,2027-28", "fees,2026-27")
        .reject(&["uprating.csv:3: from '2026-27' has years of fees that another row has, too"]);
}

/// Prices may be those of a year after the last one told; a forecast from another census leaves money out, and a longer
/// one needs rates of more years.
#[test]
fn prices_of_other_years_than_those_told() {
    let late = Pack::with_money().replace(PRICES, "2024-25,fees", "2030-31,fees");
    let read = |pack: &Pack, overrides| read_area_folder(pack.0.path(), overrides);
    let folder = late.accept();
    let (world, first) = (&folder.world, FinancialYear(2025));
    let money = world.money.as_ref().expect("prices");
    let model = MoneyModel::new(money, (&world.needs, &world.settings), &world.services, first, world.years);
    let prices = &model.central_prices().of_lines[0];
    // 10,000 in 2030-31, less 3 % a year back to 2026-27 and 4 % before.
    assert!((prices[0] - 10_000.0 / (1.04 * 1.03_f64.powi(4))).abs() < 1e-6, "{prices:?}");
    let elsewhere = read(&late, Overrides { base_year: Some(2024), years: Some(1) });
    assert!(elsewhere.unwrap_or_else(|problems| panic!("{problems}")).world.money.is_none());
    late.replace(UPRATING, "2027-28,2030-31", "2027-28,2029-30").reject(&[
        "prices.csv:2: uprating 'fees' has no rate for 2030-31 (prices of 2025-26 are wanted until 2030-31)",
    ]);
}

#[test]
fn a_price_in_pence_is_noted() {
    let folder = Pack::with_money().replace(PRICES, "20000,25000,30000", "2000000,2500000,3000000").accept();
    let note = "prices.csv: special costs up to £3000000 for each plan and year: are these pence?";
    assert!(folder.notes.iter().any(|known| known == note), "{:?}", folder.notes);
}

const SCENARIO: &str = "scenarios/build.toml";

/// The pack with a line that scenarios spend on, and a scenario that does.
#[test]
fn lines_that_count_nothing_or_the_same_twice_are_noted() {
    let noted = |pack: Pack, note: &str| {
        let notes = pack.accept().notes;
        assert!(notes.contains(&format!("money: {note}")), "no {note} in {notes:?}");
    };
    let later = Pack::with_money().replace(PAYERS, "panel,la_general_fund,1,,", "panel,la_general_fund,1,2027-28,");
    noted(later, "payers of panel begin with 2027-28: they are taken for all years before, too");
    let hours = |id: &str| format!("{id},Hours,bought_hours,,,,,1,1,1,2025-26,inflation,made up,high\n");
    let payer = |id: &str| format!("{id},icb,1,,made up\n");
    let twice = Pack::with_money()
        .add(PRICES, &hours("hours"))
        .add(PRICES, &hours("agency"))
        .add(PAYERS, &payer("hours"))
        .add(PAYERS, &payer("agency"));
    noted(twice, "hours and agency count the same bought_hours");
    let far = "far,Journeys,pupil_km,state_special,,,,1,1,1,2025-26,inflation,made up,high\n";
    let far = Pack::with_money().add(PRICES, far).add(PAYERS, &payer("far"));
    noted(far, "far counts kilometres, and there are no planning areas: it is 0");
    let only_some = Pack::with_money().replace(
        PRICES,
        "special_others,Special schools,plans,state_special,SEMH",
        "special_others,Special schools,plans,state_special,ASD",
    );
    noted(only_some, "plans in state_special with these needs have no price at some ages: SEMH");
}

fn with_spending() -> Pack {
    let pack = Pack::with_money()
        .add(PRICES, "capital,Buildings,spending,,,,,1,1.1,1.2,2025-26,inflation,made up,high\n")
        .add(PAYERS, "capital,dfe_grants,1,,made up\n");
    fs::create_dir_all(pack.0.path().join("scenarios")).expect("a folder");
    let text = "\
title = \"Build\"
kind = \"option\"
slippage_years = 1

[[spending]]
line = \"capital\"
pounds = { 2025-26 = 1000, 2026-27 = 3000.5 }
";
    pack.write(SCENARIO, text)
}

#[test]
fn a_scenario_spends_by_financial_year_and_slips_as_a_whole() {
    let folder = with_spending().accept();
    let scenario = &folder.scenarios[0];
    assert_eq!(scenario.kind, ScenarioKind::Option);
    let spent: Vec<(u16, f64)> = scenario.spending.iter().map(|spent| (spent.year.0, spent.pounds)).collect();
    assert_eq!(spent, [(2026, 1000.0), (2027, 3000.5)]);
    let late = with_spending().replace(SCENARIO, "2026-27 = 3000.5", "2028-29 = 3000.5").accept().notes;
    let note = "scenario build: spending of 2029-30 is not counted, which is from 2025-26 to 2028-29";
    assert!(late.iter().any(|found| found == note), "{late:?}");
    assert!(!folder.notes.iter().any(|found| found.contains("is not counted")));
}

#[test]
fn spending_names_a_line_that_takes_it_and_years_and_pounds() {
    reject_each(
        with_spending,
        SCENARIO,
        r#"
        line = "capital" -> line = "capitol" => :6: line 'capitol' takes no spending (did you mean 'capital'?)
        line = "capital" -> line = "panel" => :6: line 'panel' takes no spending (known: capital)
        2025-26 -> 2025-27 => :7: pounds '2025-27' is not a financial year (such as 2026-27)
        1000, -> -1000, => :7: pounds '-1000' is out of bounds (pounds, 0 to 1000000000)
        { 2025-26 = 1000, 2026-27 = 3000.5 } -> {} => :7: pounds '{}' has no year (such as { 2026-27 = 1_000_000 })
        slippage_years = 1 -> slippage_years = 11 => :3: slippage_years '11' is out of bounds (0 to 10)
        kind = "option" -> kind = "outlok" => :2: kind 'outlok' is not known (did you mean 'outlook'?)
        "#,
    );
}

#[test]
fn without_prices_nothing_can_be_spent() {
    let pack = with_spending().delete(PRICES).delete(PAYERS).delete(UPRATING);
    pack.reject(&[
        "scenarios/build.toml:6: line 'capital' takes no spending (a line of prices.csv that is counted by spending)",
    ]);
}

const HIGH_NEEDS: &str = "high_needs.csv";

fn with_high_needs() -> Pack {
    let block = "\
figure,financial_year,low,value,high,source,confidence
allocation,2024-25,900000,1000000,1100000,made up,high
transfer,2026-27,-5000,10000,20000,made up,high
opening_deficit,2025-26,0,50000,90000,made up,high
stability_grant,2025-26,0.9,0.9,0.9,made up,high
override_ends,2027-28,,,,made up,high
ceiling,,4e9,4e9,4e9,made up,high
";
    let growth = "high_needs_income,2025-26,2028-29,0.01,0.03,0.05,made up,high\n";
    Pack::with_money().write(HIGH_NEEDS, block).add(UPRATING, growth)
}

#[test]
fn the_block_is_told_in_the_table_of_costs_and_balances() {
    let pack = with_high_needs();
    pack.accept();
    let out = pack.0.path().join("run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    let done = command.arg("run").arg(pack.0.path()).arg("--out").arg(&out).assert().code(0);
    let terminal = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    assert!(terminal.contains("When the statutory override ends with 2027-28"), "{terminal}");
    let money = fs::read_to_string(out.join("money.csv")).expect("a table of costs");
    let principal = |keys: &str, unit: &str| -> f64 {
        let start = format!("baseline,tiny,{keys},high_needs_block,nominal,{unit},");
        let line = money.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no {keys}"));
        line.split(',').nth(7).and_then(|value| value.parse().ok()).expect("a number")
    };
    let pounds = |year: &str, item: &str| principal(&format!("{year},{item}"), "pounds");
    // £1 m, and 3 % more a year later; 2026-27: £10,000 transferred, and 90 % of what was owed before is paid off.
    assert_eq!(pounds("2025-26", "high_needs_income"), 1_030_000.0);
    let first = 1_030_000.0 - pounds("2025-26", "all");
    assert!((pounds("2025-26", "high_needs_balance") - first).abs() < 0.005);
    let owed = 50_000.0 - first;
    assert!((pounds("2025-26", "high_needs_deficit") - owed).abs() < 0.005);
    let second = 1_060_900.0 + 10_000.0 - pounds("2026-27", "all");
    let left = owed - 0.9 * owed.max(0.0) - second;
    assert!((pounds("2026-27", "high_needs_deficit") - left).abs() < 0.02);
    // The lines' payments are told as before: the block adds none.
    assert_eq!(principal("2025-26,high_needs_under_ceiling", "share"), 1.0);
}

#[test]
fn the_block_has_income_in_all_years_and_one_deficit_to_start_with() {
    reject_each(
        with_high_needs,
        HIGH_NEEDS,
        r#"
        allocation,2024-25 -> allocations,2024-25 => :2: figure 'allocations' is not a known figure (did you mean 'allocation'?)
        allocation,2024-25 -> allocation,2026-27 => : has no allocation for 2025-26 or before (later ones grow from it)
        allocation,2024-25 -> allocation,2023-24 => : has an allocation for 2023-24, and uprating.csv no 'high_needs_income' for 2024-25 (allocations grow by it until 2028-29)
        allocation,2024-25,900000 -> allocation,2024-25,-1 => :2: low '-1' is out of bounds (pounds, 0 to 100000000000)
        allocation,2024-25,900000 -> allocation,2024-25,1000001 => :2: value '1000000' is not between low, 1000001, and high, 1100000
        allocation,2024-25 -> allocation,2024 => :2: financial_year '2024' is not a financial year (such as 2025-26)
        opening_deficit,2025-26 -> opening_deficit,2024-25 => : has the opening deficit of 2024-25 (what is owed when 2025-26 opens)
        0.9,0.9,0.9 -> 0.9,0.9,90 => :5: high '90' is out of bounds (a share, 0 to 1)
        ceiling,, -> ceiling,2026-27, => :7: financial_year '2026-27' is given, and a ceiling holds in all years (blank)
        transfer,2026-27,-5000,10000,20000,made up,high -> ceiling,,1,1,1,made up,high => :7: figure 'ceiling' is given twice
        "#,
    );
}

#[test]
fn the_block_needs_prices_and_pounds_not_millions() {
    let pack = with_high_needs().delete(PRICES).delete(PAYERS).delete(UPRATING);
    pack.reject(&["high_needs.csv: is there, and there are no prices (what the block pays comes from prices.csv, payers.csv and uprating.csv)"]);
    let notes = with_high_needs()
        .replace(HIGH_NEEDS, "900000,1000000,1100000,made up,high", "1,1,1,made up,low")
        .accept()
        .notes;
    assert!(
        notes.contains(&"high_needs.csv: the block has £1 in 2024-25: are these pounds, not millions?".to_string())
    );
    assert!(notes.contains(&"high_needs.csv: 1 of 6 figures have low confidence: they need local values".to_string()));
}

#[test]
fn options_are_appraised_against_doing_nothing() {
    // A building of £1,000 in 2026-27 saves nothing: its present cost is all there is, at 5 % a year.
    let pack = with_spending().replace(SCENARIO, "{ 2025-26 = 1000, 2026-27 = 3000.5 }", "{ 2025-26 = 1000 }");
    let pack = pack.replace(PRICES, "1,1.1,1.2,2025-26,inflation", "1,1,1,2025-26,flat");
    let pack = pack.add(UPRATING, "flat,2026-27,2028-29,0,0,0,made up,high\n");
    let rates = "key,value,low,high,source,confidence\ndiscount_rate_per_year,0.05,0.05,0.05,made up,high\n";
    let pack = pack.write("assumptions.csv", rates);
    let pack = pack.replace(UPRATING, "inflation,2026-27,2028-29,0.01,0.02,0.03", "inflation,2026-27,2028-29,0,0,0");
    let out = pack.0.path().join("run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    let done = command.arg("run").arg(pack.0.path()).arg("--out").arg(&out).assert().code(0);
    let terminal = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    assert!(terminal.contains("Options against doing nothing"), "{terminal}");
    let table = fs::read_to_string(out.join("appraisal.csv")).expect("a table");
    let lines: Vec<&str> = table.lines().collect();
    let starts = |start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(starts("build,tiny,option,net_present_value,all,all,pounds,-952.38,0.00,-952.38"), "{table}");
    assert!(starts("build,tiny,option,net_present_value,dfe_grants,all,pounds,-952.38"), "{table}");
    assert!(starts("build,tiny,option,paid_back_by,all,2028-29,share,0.0000,"), "{table}");
    assert!(starts("baseline,tiny,option,cheapest_option,all,all,share,1.0000,"), "{table}");
    assert!(starts("build,tiny,option,own_cost,all,all,pounds,952.38,0.00,952.38"), "{table}");
    assert!(!table.contains("switching_value"), "without an effect there is none: {table}");
    assert!(starts("baseline,tiny,option,best_option_on_average,all,all,pounds,0.00,"), "{table}");
    assert!(starts("all,tiny,,value_of_knowing_the_future,all,all,pounds,0.00,"), "{table}");
    assert!(lines.iter().all(|line| line.split(',').count() == 16), "{table}");
}
