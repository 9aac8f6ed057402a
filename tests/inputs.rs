//! What the input checks reject, and how they say it: each test copies the small synthetic area
//! `tests/data/tiny`, makes one thing wrong, and compares the whole list of printed problems.

use std::fs;
use std::path::Path;

use needscast::domain::assumption::{AssumptionKey, Confidence};
use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::input::problem::Problems;
use needscast::scenario::lever::Change;
use tempfile::TempDir;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

const SETTINGS: &str = "needscast.toml";
const OBSERVATIONS: &str = "observations.csv";
const POPULATION: &str = "population.csv";
const SCENARIO: &str = "scenarios/every-lever.toml";
const ASSUMPTIONS: &str = "assumptions.csv";
const REQUIRED: [&str; 6] = [SETTINGS, "settings.csv", "placements.csv", "sources.csv", POPULATION, OBSERVATIONS];

/// Line 111 of the observations.
const CELL: &str = "2025,plans,8,all,state_special,2,synthetic_plans";
/// Line 88 of the population.
const RESIDENTS: &str = "estimate,,2021,8,269,synthetic_population";

/// A copy of the tiny area, to be patched.
struct Pack(TempDir);

impl Pack {
    fn tiny() -> Pack {
        let folder = TempDir::new().expect("a temporary folder");
        copy_folder(Path::new(TINY), folder.path());
        Pack(folder)
    }

    /// Replaces a text that must occur exactly once.
    fn replace(self, file: &str, from: &str, to: &str) -> Pack {
        self.edit(file, |text| {
            assert_eq!(text.matches(from).count(), 1, "'{from}' in {file}");
            text.replacen(from, to, 1)
        })
    }

    /// Deletes a line that must occur exactly once.
    fn delete_line(self, file: &str, line: &str) -> Pack {
        self.delete_lines(file, 1, |found| found == line)
    }

    /// Deletes all lines that start so; there must be `count` of them.
    fn delete_lines_with(self, file: &str, start: &str, count: usize) -> Pack {
        self.delete_lines(file, count, |line| line.starts_with(start))
    }

    fn delete_lines(self, file: &str, count: usize, chosen: impl Fn(&str) -> bool) -> Pack {
        self.edit(file, |text| {
            assert_eq!(text.lines().filter(|line| chosen(line)).count(), count, "lines of {file}");
            text.lines().filter(|line| !chosen(line)).map(|line| format!("{line}\n")).collect()
        })
    }

    fn add_line(self, file: &str, line: &str) -> Pack {
        self.edit(file, |text| format!("{text}{line}\n"))
    }

    fn edit(self, file: &str, change: impl FnOnce(String) -> String) -> Pack {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).expect("a file of the pack");
        self.write(file, change(text).as_bytes())
    }

    fn write(self, file: &str, bytes: &[u8]) -> Pack {
        fs::write(self.0.path().join(file), bytes).expect("a file written");
        self
    }

    fn delete_file(self, file: &str) -> Pack {
        fs::remove_file(self.0.path().join(file)).expect("a file of the pack");
        self
    }

    fn read(&self) -> Result<AreaFolder, Problems> {
        read_area_folder(self.0.path(), Overrides::default())
    }

    fn accept(&self) -> AreaFolder {
        self.read().unwrap_or_else(|problems| panic!("rejected:\n{problems}"))
    }

    /// What is printed, a line for each problem, with paths from the pack's folder on.
    fn printed(&self) -> Vec<String> {
        let Err(problems) = self.read() else { panic!("accepted") };
        let folder = format!("{}{}", self.0.path().display(), std::path::MAIN_SEPARATOR);
        let text = problems.to_string().replace(&folder, "").replace(std::path::MAIN_SEPARATOR, "/");
        text.lines().map(str::to_string).collect()
    }

    /// Rejected with exactly these problems printed.
    #[track_caller]
    fn reject(&self, expected: &[&str]) {
        assert_eq!(self.printed(), expected);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder made");
    for entry in fs::read_dir(from).expect("a folder read") {
        let entry = entry.expect("an entry read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file copied");
        }
    }
}

/// The tiny area with one assumption set.
fn with_assumption(row: &str) -> Pack {
    Pack::tiny().write(ASSUMPTIONS, format!("key,value,low,high,source,confidence\n{row}\n").as_bytes())
}

// ---------------------------------------------------------------------------------------------
// What is accepted.

#[test]
fn the_tiny_area_is_accepted_without_a_note() {
    let folder = Pack::tiny().accept();
    assert_eq!(folder.notes, Vec::<String>::new());
    assert_eq!((folder.world.base.0, folder.world.years, folder.replicates, folder.seed), (2025, 4, 20, 1));
    assert_eq!((folder.world.needs.count(), folder.world.settings.count()), (2, 3));
    assert_eq!(folder.files.len(), REQUIRED.len() + 1);
    let changes = &folder.scenarios[0].levers.iter().map(|lever| &lever.change).collect::<Vec<_>>()[..];
    assert!(
        matches!(changes, [Change::JoinerRate { .. }, Change::LeaverHazard { .. }, Change::SettingMix { .. }]),
        "{changes:?}"
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let mut pack = Pack::tiny();
    for file in REQUIRED.into_iter().chain([SCENARIO]) {
        pack = pack.edit(file, |text| format!("\u{feff}{}", text.replace('\n', "\r\n")));
    }
    let (patched, plain) = (pack.accept(), Pack::tiny().accept());
    assert_eq!(patched.world, plain.world);
    assert_eq!(patched.scenarios, plain.scenarios);
}

#[test]
fn an_area_without_scenarios_is_accepted() {
    let pack = Pack::tiny().delete_file(SCENARIO);
    fs::remove_dir(pack.0.path().join("scenarios")).expect("an empty folder");
    assert_eq!(pack.accept().scenarios, vec![]);
}

#[test]
fn a_whole_number_is_a_factor() {
    let folder = Pack::tiny().replace(SCENARIO, "multiply = 0.8", "multiply = 1").accept();
    assert!(matches!(folder.scenarios[0].levers[0].change, Change::JoinerRate { multiply } if multiply.value() == 1.0));
}

#[test]
fn quoted_fields_and_blank_lines_at_the_end_change_nothing() {
    let quote = |text: String| -> String {
        let quoted = |line: &str| line.split(',').map(|v| format!("\"{v}\"")).collect::<Vec<_>>().join(",");
        text.lines().map(|line| format!("{}\n", quoted(line))).chain(["\n\n".to_string()]).collect()
    };
    let pack = Pack::tiny().edit(OBSERVATIONS, quote).edit("placements.csv", quote);
    assert_eq!(pack.accept().world, Pack::tiny().accept().world);
}

// ---------------------------------------------------------------------------------------------
// Files, columns and rows.

#[test]
fn a_missing_file_is_named() {
    for file in REQUIRED {
        Pack::tiny()
            .delete_file(file)
            .reject(&[&format!("{file}: is missing (an area folder needs it; see the README's data dictionary)")]);
    }
}

#[test]
fn a_folder_in_place_of_a_file_is_not_read() {
    let pack = Pack::tiny().delete_file(OBSERVATIONS);
    fs::create_dir(pack.0.path().join(OBSERVATIONS)).expect("a folder made");
    let printed = pack.printed();
    assert_eq!(printed.len(), 1);
    assert!(printed[0].starts_with("observations.csv: cannot be read: "), "{printed:?}");
}

#[test]
fn an_empty_table_is_told_its_columns() {
    for (file, columns) in [
        ("settings.csv", "setting,name,min_age,max_age"),
        ("placements.csv", "placement,label,setting"),
        ("sources.csv", "source,publisher,title,coverage,licence"),
        (POPULATION, "series,variant,year,age,persons,source"),
        (OBSERVATIONS, "year,measure,age,need,setting,count,source"),
        (ASSUMPTIONS, "key,value,low,high,source,confidence"),
    ] {
        for bytes in ["", "\n\n"] {
            let pack = Pack::tiny().write(file, bytes.as_bytes());
            pack.reject(&[&format!("{file}: is empty (columns: {columns})")]);
        }
    }
}

#[test]
fn an_empty_settings_file_lacks_its_first_part() {
    Pack::tiny().write(SETTINGS, b"").reject(&["needscast.toml:1: missing field `area`"]);
}

#[test]
fn a_header_without_rows_is_not_a_table() {
    Pack::tiny()
        .write(ASSUMPTIONS, b"key,value,low,high,source,confidence\n")
        .reject(&["assumptions.csv: has a header and no rows"]);
}

#[test]
fn a_missing_column_is_named_with_all_that_are_needed() {
    let without_last = |text: String| -> String {
        text.lines().map(|line| format!("{}\n", line.rsplit_once(',').expect("two columns").0)).collect()
    };
    Pack::tiny()
        .edit("settings.csv", without_last)
        .reject(&["settings.csv: has no column 'max_age' (columns: setting,name,min_age,max_age)"]);
}

#[test]
fn an_extra_column_is_not_ignored() {
    let with_another = |text: String| -> String { text.lines().map(|line| format!("{line},remarks\n")).collect() };
    Pack::tiny()
        .edit("placements.csv", with_another)
        .reject(&["placements.csv: has an unknown column 'remarks' (known: placement, label, setting)"]);
}

#[test]
fn a_column_given_twice_is_ambiguous() {
    let with_another = |text: String| -> String { text.lines().map(|line| format!("{line},label\n")).collect() };
    Pack::tiny().edit("placements.csv", with_another).reject(&["placements.csv: has the column 'label' twice"]);
}

#[test]
fn a_misspelt_column_is_shown_beside_the_right_one() {
    Pack::tiny().replace(OBSERVATIONS, ",measure,", ",mesure,").reject(&[
        "observations.csv: has no column 'measure' (is it 'mesure', misspelt?)",
        "observations.csv: has an unknown column 'mesure' (did you mean 'measure'?)",
    ]);
}

#[test]
fn a_value_too_many_in_a_row_is_counted() {
    let row = "trend_damping_per_year,0.5,0.4,0.6,a report,high";
    with_assumption(&format!("{row}\n{},2025", row.replace("damping", "spread")))
        .reject(&["assumptions.csv:3: has 7 values for 6 columns"]);
}

#[test]
fn a_byte_that_is_not_utf_8_has_its_line() {
    let break_byte = |file: &str, at: &str, line: usize| {
        let pack = Pack::tiny().replace(file, at, &format!("\u{1}{at}"));
        let path = pack.0.path().join(file);
        let bytes = fs::read(&path).expect("a file of the pack");
        let broken: Vec<u8> = bytes.into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
        pack.write(file, &broken).reject(&[&format!(
            "{file}:{line}: holds the byte 0xe9, which is not UTF-8 (in Excel, save as 'CSV UTF-8')"
        )]);
    };
    break_byte(OBSERVATIONS, CELL, 111);
    break_byte("settings.csv", "state_special", 3);
}

// ---------------------------------------------------------------------------------------------
// Observations.

#[test]
fn a_count_is_a_whole_number_of_0_or_more() {
    for (value, what) in [
        ("NaN", "is not a finite number"),
        ("inf", "is not a finite number"),
        ("-inf", "is not a finite number"),
        ("-3", "is negative"),
        ("2.5", "is not a whole number"),
        ("", "is blank"),
        ("many", "is not a number"),
        ("5000000000", "is too large for a count"),
    ] {
        Pack::tiny().replace(OBSERVATIONS, CELL, &CELL.replace(",2,", &format!(",{value},"))).reject(&[&format!(
            "observations.csv:111: count '{value}' {what} (counts are whole numbers of 0 or more)"
        )]);
    }
}

#[test]
fn a_key_given_twice_is_found_where_it_stands_again() {
    Pack::tiny()
        .replace(OBSERVATIONS, CELL, &format!("{CELL}\n{CELL}"))
        .reject(&["observations.csv:112: measure 'plans' has these keys twice in 2025"]);
    Pack::tiny()
        .replace(POPULATION, RESIDENTS, &format!("{RESIDENTS}\n{RESIDENTS}"))
        .reject(&["population.csv:89: age '8' is given twice for estimate 2021"]);
    Pack::tiny()
        .replace("settings.csv", "state_special,", "mainstream,")
        .reject(&["settings.csv:3: setting 'mainstream' is listed twice"]);
    Pack::tiny()
        .replace("sources.csv", "synthetic_flows,", "synthetic_plans,")
        .reject(&["sources.csv:3: source 'synthetic_plans' is listed twice"]);
    Pack::tiny()
        .replace("placements.csv", "special_school,", "mainstream_academy,")
        .reject(&["placements.csv:4: placement 'mainstream_academy' is mapped twice"]);
}

#[test]
fn an_unknown_need_is_shown_the_nearest() {
    Pack::tiny()
        .replace(OBSERVATIONS, "2025,plans,7,SEMH,", "2025,plans,7,SEHM,")
        .reject(&["observations.csv:179: need 'SEHM' is not a known need (did you mean 'SEMH'?)"]);
}

#[test]
fn an_unknown_setting_is_shown_the_nearest() {
    Pack::tiny().replace(OBSERVATIONS, CELL, &CELL.replace("state_special", "state_specail")).reject(&[
        "observations.csv:111: setting 'state_specail' is not a known setting or placement (did you mean 'state_special'?)",
    ]);
    Pack::tiny()
        .replace("placements.csv", ",state_special", ",state_specail")
        .reject(&["placements.csv:4: setting 'state_specail' is not a known setting (did you mean 'state_special'?)"]);
}

#[test]
fn an_unknown_measure_is_shown_the_nearest() {
    Pack::tiny()
        .replace(OBSERVATIONS, "2019,new_plans,", "2019,newplans,")
        .reject(&["observations.csv:222: measure 'newplans' is not a known measure (did you mean 'new_plans'?)"]);
}

#[test]
fn an_unknown_source_is_shown_the_nearest_or_all() {
    Pack::tiny().replace(OBSERVATIONS, CELL, &CELL.replace("synthetic_plans", "synthetic_plan")).reject(&[
        "observations.csv:111: source 'synthetic_plan' is not a known source (did you mean 'synthetic_plans'?)",
    ]);
    Pack::tiny().replace(POPULATION, RESIDENTS, &RESIDENTS.replace("synthetic_population", "ons")).reject(&[
        "population.csv:88: source 'ons' is not a known source (known: synthetic_flows, synthetic_plans, synthetic_population)",
    ]);
}

#[test]
fn a_year_and_an_age_have_bounds() {
    Pack::tiny()
        .replace(OBSERVATIONS, "2019,new_plans,", "19,new_plans,")
        .reject(&["observations.csv:222: year '19' is not a year (from 1990 to 2100)"]);
    Pack::tiny()
        .replace(OBSERVATIONS, CELL, &CELL.replace(",8,", ",26,"))
        .reject(&["observations.csv:111: age '26' is not an age or a band (all, 7, or 5-10; from 0 to 25)"]);
}

#[test]
fn an_age_missing_from_age_by_setting_is_named() {
    for (age, line) in [(8, "2025,plans,8,all,"), (0, "2025,plans,0,all,"), (25, "2025,plans,25,all,")] {
        Pack::tiny()
            .delete_lines_with(OBSERVATIONS, line, 3)
            .reject(&[&format!("observations.csv: plans 2025 has no row for age {age}")]);
    }
}

#[test]
fn a_missing_cell_of_a_joint_table_is_named() {
    Pack::tiny().delete_line(OBSERVATIONS, CELL).reject(&[
        "observations.csv: plans 2025 has no row for 8 × state_special (give every combination of a table, 0 where nobody was counted)",
    ]);
}

#[test]
fn more_than_five_missing_cells_are_counted() {
    // Seven of the 26 rows of one setting: ages 2 to 8.
    let pack = (2..=8).fold(Pack::tiny(), |pack, age| {
        pack.delete_lines_with(OBSERVATIONS, &format!("2024,plans,{age},all,mainstream,"), 1)
    });
    pack.reject(&[
        "observations.csv: plans 2024 has no row for 2 × mainstream, 3 × mainstream, 4 × mainstream, 5 × mainstream, 6 × mainstream and 2 more (give every combination of a table, 0 where nobody was counted)",
    ]);
}

#[test]
fn overlapping_bands_of_age_count_children_twice() {
    Pack::tiny()
        .replace(OBSERVATIONS, "2024,requests,5-10,", "2024,requests,4-10,")
        .reject(&["observations.csv: requests 2024 counts age 4-10 twice (bands must not overlap)"]);
}

#[test]
fn a_gap_between_bands_of_age_is_named() {
    Pack::tiny()
        .delete_lines_with(OBSERVATIONS, "2024,requests,5-10,", 1)
        .reject(&["observations.csv: requests 2024 has no row for age 5-10"]);
}

#[test]
fn margins_that_disagree_say_which_and_by_how_much() {
    // The cell says 4 where 2 makes the published margins.
    Pack::tiny().replace(OBSERVATIONS, CELL, &CELL.replace(",2,", ",4,")).reject(&[
        "observations.csv: plans 2025: 348 in total but 350 by age × setting: they differ by 2 (margins of one measure and year must agree)",
        "observations.csv: plans 2025 age 8: 21 by age × setting but 19 by age × need: they differ by 2 (margins of one measure and year must agree)",
        "observations.csv: plans 2025 setting state_special: 127 by setting but 129 by age × setting: they differ by 2 (margins of one measure and year must agree)",
    ]);
}

#[test]
fn margins_within_the_tolerance_are_a_note() {
    // 1 % of 350 plans is 3.
    let tolerant = |cell: &str| {
        Pack::tiny().replace(SETTINGS, "[population]", "[check]\nmargin_tolerance = 0.01\n\n[population]").replace(
            OBSERVATIONS,
            CELL,
            &CELL.replace(",2,", cell),
        )
    };
    let notes = tolerant(",4,").accept().notes;
    assert_eq!(notes.len(), 1);
    let note = "3 margins differ between breakdowns within margin_tolerance; furthest apart: plans 2025, by 2 of 350";
    assert!(notes[0].ends_with(note), "{notes:?}");
    assert_eq!(tolerant(",6,").printed().len(), 3);
}

#[test]
fn plans_outside_the_ages_of_their_setting_are_not_accepted() {
    Pack::tiny().replace("settings.csv", "school,0,18", "school,4,18").reject(&[
        "observations.csv:95: age '3' is outside the ages of mainstream, 4-18 (widen min_age and max_age in settings.csv if it is right)",
    ]);
}

#[test]
fn a_base_census_without_plans_by_age_and_setting_cannot_be_forecast_from() {
    Pack::tiny().replace(SETTINGS, "base_year = 2025", "base_year = 2026").reject(&[
        "population.csv: has no estimate for mid-2025 (the base census of January 2026 needs estimates to mid-2025)",
        "population.csv: projection stops at mid-2028, before the horizon: 4 years from 2026 need mid-2029 (add years, or forecast fewer)",
        "observations.csv: has no plans by age and setting for January 2026 (the base census needs single years of age by setting; or change base_year in needscast.toml)",
        "observations.csv: has no new_plans for 2025 (the trend needs three years; or change base_year in needscast.toml)",
    ]);
}

#[test]
fn a_trend_needs_three_years_of_new_plans() {
    Pack::tiny().delete_lines_with(OBSERVATIONS, "2022,new_plans,all,all,all,", 1).reject(&[
        "observations.csv: has no new_plans for 2022 (the trend needs three years; or change base_year in needscast.toml)",
    ]);
}

#[test]
fn ceased_plans_by_age_are_needed_without_a_reference() {
    let by_age = |line: &str| line.contains(",ceased,") && !line.contains(",ceased,all,");
    Pack::tiny().delete_lines(OBSERVATIONS, 52, by_age).reject(&[
        "observations.csv: has no year from 2022 to 2024 with both ceased plans by age and plans by setting in its January (or name a reference in needscast.toml; or change base_year in needscast.toml)",
    ]);
}

// ---------------------------------------------------------------------------------------------
// Population.

#[test]
fn a_year_of_population_missing_an_age_is_named() {
    Pack::tiny().delete_line(POPULATION, RESIDENTS).reject(&["population.csv: estimate 2021 has no row for age 8"]);
    Pack::tiny()
        .delete_lines_with(POPULATION, "projection,flat,2028,8,", 1)
        .reject(&["population.csv: projection 2028 has no row for age 8"]);
}

#[test]
fn a_missing_year_of_estimates_is_named() {
    Pack::tiny().delete_lines_with(POPULATION, "estimate,,2022,", 26).reject(&[
        "population.csv: has no estimate for mid-2022 (the base census of January 2025 needs estimates to mid-2024)",
    ]);
}

#[test]
fn a_projection_must_reach_the_horizon() {
    Pack::tiny().delete_lines_with(POPULATION, "projection,flat,2028,", 26).reject(&[
        "population.csv: projection stops at mid-2027, before the horizon: 4 years from 2025 need mid-2028 (add years, or forecast fewer)",
    ]);
}

#[test]
fn a_projection_must_not_skip_a_year() {
    Pack::tiny()
        .delete_lines_with(POPULATION, "projection,flat,2027,", 26)
        .reject(&["population.csv: projection has no mid-2027 (add years, or forecast fewer)"]);
}

#[test]
fn a_projection_has_people_of_every_age() {
    Pack::tiny()
        .replace(POPULATION, "projection,flat,2028,8,258,", "projection,flat,2028,8,0,")
        .reject(&["population.csv: projection has nobody of age 8 in mid-2028"]);
}

#[test]
fn an_unknown_variant_of_the_projection_is_shown_the_nearest_or_all() {
    let asked = |variant: &str| Pack::tiny().replace(SETTINGS, "\"flat\"", &format!("\"{variant}\""));
    asked("flatt").reject(&[
        "population.csv: has no projection of the variant 'flatt' that needscast.toml asks for (did you mean 'flat'?)",
    ]);
    asked("snpp_2018").reject(&[
        "population.csv: has no projection of the variant 'snpp_2018' that needscast.toml asks for (known: flat)",
    ]);
}

#[test]
fn an_unknown_series_of_population_is_shown_the_nearest() {
    Pack::tiny()
        .add_line(POPULATION, "estimates,,2017,8,269,synthetic_population")
        .reject(&["population.csv:340: series 'estimates' is not a known series (did you mean 'estimate'?)"]);
}

// ---------------------------------------------------------------------------------------------
// Settings of the area.

#[test]
fn a_misspelt_key_of_the_settings_has_its_line_and_the_known_keys() {
    Pack::tiny().replace(SETTINGS, "years =", "yeers =").reject(&[
        "needscast.toml:10: unknown field `yeers`, expected one of `base_year`, `years`, `replicates`, `seed`",
    ]);
}

#[test]
fn characters_that_a_terminal_obeys_are_refused() {
    let refused = |character: &str| format!("holds the character U+{character}, which cannot be printed");
    let at = |line: &str, character: &str| {
        format!("{line}: {} (remove it: it may change what a terminal or a reader shows)", refused(character))
    };
    for (character, code) in [('\u{1b}', "001B"), ('\u{7f}', "007F"), ('\u{202e}', "202E")] {
        let name = format!("Mainstream {character}school");
        let problem = at("settings.csv:2", code);
        Pack::tiny().replace("settings.csv", "Mainstream school", &name).reject(&[&problem]);
    }
    let escaped = "name = \"Tiny \\u001b[31m\"";
    let problem =
        format!("needscast.toml: {} (remove it from the text that has it behind a backslash)", refused("001B"));
    Pack::tiny().replace(SETTINGS, "name = \"Tiny (synthetic)\"", escaped).reject(&[&problem]);
}

#[test]
fn a_missing_key_of_the_settings_has_the_line_of_its_part() {
    Pack::tiny().replace(SETTINGS, "seed = 1\n", "").reject(&["needscast.toml:8: missing field `seed`"]);
}

#[test]
fn a_wrong_type_in_the_settings_has_its_line_and_value() {
    for (value, shown) in [("\"four\"", "string \"four\""), ("4.5", "floating point `4.5`"), ("-4", "integer `-4`")] {
        let printed = Pack::tiny().replace(SETTINGS, "years = 4", &format!("years = {value}")).printed();
        assert_eq!(printed.len(), 1, "{printed:?}");
        assert!(printed[0].starts_with("needscast.toml:10: invalid "), "{printed:?}");
        assert!(printed[0].contains(shown), "{printed:?}");
    }
}

#[test]
fn settings_have_ranges() {
    for (from, to, problem) in [
        ("base_year = 2025", "base_year = 2010", "9: base_year '2010' is out of range (2011 to 2090)"),
        ("base_year = 2025", "base_year = 2091", "9: base_year '2091' is out of range (2011 to 2090)"),
        ("years = 4", "years = 0", "10: years '0' is out of range (1 to 25)"),
        ("years = 4", "years = 26", "10: years '26' is out of range (1 to 25)"),
        ("replicates = 20", "replicates = 0", "11: replicates '0' is out of range (1 to 100000)"),
        ("replicates = 20", "replicates = 100001", "11: replicates '100001' is out of range (1 to 100000)"),
    ] {
        Pack::tiny().replace(SETTINGS, from, to).reject(&[&format!("needscast.toml:{problem}")]);
    }
}

#[test]
fn a_tolerance_of_margins_is_small() {
    for (value, shown) in [("0.5", "0.5"), ("-0.1", "-0.1"), ("nan", "NaN")] {
        Pack::tiny()
            .replace(SETTINGS, "[population]", &format!("[check]\nmargin_tolerance = {value}\n\n[population]"))
            .reject(&[&format!("needscast.toml:15: margin_tolerance '{shown}' is out of range (0 to 0.1)")]);
    }
}

#[test]
fn a_setting_has_a_plain_code_and_ages_in_order() {
    Pack::tiny().replace("settings.csv", "state_special,", "State special,").reject(&[
        "settings.csv:3: setting 'State special' is not a setting's code (lower-case letters, digits and _)",
    ]);
    Pack::tiny()
        .replace("settings.csv", "school,0,18", "school,19,18")
        .reject(&["settings.csv:2: max_age '18' is below min_age"]);
    Pack::tiny()
        .replace("settings.csv", "school,0,18", "school,0,26")
        .reject(&["settings.csv:2: max_age '26' is not an age (0 to 25)"]);
}

#[test]
fn a_reference_that_is_not_there_is_named() {
    let printed =
        Pack::tiny().replace(SETTINGS, "[population]", "[fit]\nreference = \"england\"\n\n[population]").printed();
    assert_eq!(
        printed,
        ["england: is no folder ([fit] reference in needscast.toml names it, relative to the area folder)"]
    );
}

// ---------------------------------------------------------------------------------------------
// Scenarios.

#[test]
fn a_misspelt_key_of_a_lever_has_its_line_and_the_known_keys() {
    Pack::tiny().replace(SCENARIO, "multiply = 0.8", "multiplier = 0.8").reject(&[
        "scenarios/every-lever.toml:5: unknown field `multiplier`, expected one of `multiply`, `from`, `until`, `phase_in_years`, `ages`, `needs`, `settings`",
    ]);
}

#[test]
fn an_unknown_lever_has_its_line_and_the_known_levers() {
    Pack::tiny().replace(SCENARIO, "[[joiner_rate]]", "[[joiner_rates]]").reject(&[
        "scenarios/every-lever.toml:4: unknown field `joiner_rates`, expected one of `title`, `joiner_rate`, `leaver_hazard`, `setting_mix`, \
         `early_support`, `open_provider`, `change_places`, `delay_provider`, `close_provider`, `designate`, `overflow`, `cap`, \
         `change_staff`, `recruitment`, `buy_hours`, `change_driver`, `add_triage`, `spending`, `slippage_years`, `kind`",
    ]);
}

#[test]
fn a_factor_is_from_0_to_5() {
    for (value, shown) in [("9", "9"), ("-1", "-1"), ("nan", "NaN"), ("inf", "inf"), ("-inf", "-inf"), ("5.1", "5.1")] {
        for (line, factor) in [(5, "multiply = 0.8"), (12, "multiply = 0.9")] {
            Pack::tiny()
                .replace(SCENARIO, factor, &format!("multiply = {value}"))
                .reject(&[&format!("scenarios/every-lever.toml:{line}: multiply '{shown}' is out of bounds (0 to 5)")]);
        }
    }
}

#[test]
fn a_share_is_from_0_to_1() {
    for (value, shown) in [("1.2", "1.2"), ("-0.1", "-0.1"), ("nan", "NaN")] {
        Pack::tiny()
            .replace(SCENARIO, "share = 0.3", &format!("share = {value}"))
            .reject(&[&format!("scenarios/every-lever.toml:21: share '{shown}' is out of bounds (0 to 1)")]);
    }
}

#[test]
fn a_scenario_has_at_most_32_levers_on_the_setting_mix() {
    let mix = "\n[[setting_mix]]\nwho = \"joiners\"\nsettings = [\"state_special\"]\nshare = 0.1\nto = { mainstream = 1.0 }\nfrom = 2026\n";
    Pack::tiny().edit(SCENARIO, |text| text + &mix.repeat(31)).accept();
    Pack::tiny()
        .edit(SCENARIO, |text| text + &mix.repeat(32))
        .reject(&["scenarios/every-lever.toml: has 33 setting_mix levers (at most 32)"]);
}

#[test]
fn a_bad_settings_file_does_not_hide_what_is_wrong_elsewhere() {
    let pack = Pack::tiny()
        .replace(SETTINGS, "years = 4", "years = 0")
        .replace(OBSERVATIONS, CELL, "2025,plans,8,all,state_special,-2,synthetic_plans")
        .replace(SCENARIO, "multiply = 0.8", "multiply = 8");
    let printed = pack.printed();
    let files: Vec<&str> = printed.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(files, [SETTINGS, OBSERVATIONS, SCENARIO], "{printed:#?}");
}

#[test]
fn shares_of_a_setting_mix_add_up_to_1() {
    Pack::tiny()
        .replace(SCENARIO, "mainstream = 0.75", "mainstream = 0.7")
        .reject(&["scenarios/every-lever.toml:22: to '0.95' is what the shares add up to (they must add up to 1)"]);
}

#[test]
fn each_share_of_a_setting_mix_is_from_0_to_1() {
    Pack::tiny()
        .replace(
            SCENARIO,
            "{ mainstream = 0.75, further_education = 0.25 }",
            "{ mainstream = 1.5, further_education = -0.5 }",
        )
        .reject(&[
            "scenarios/every-lever.toml:22: to '-0.5' is out of bounds (0 to 1)",
            "scenarios/every-lever.toml:22: to '1.5' is out of bounds (0 to 1)",
        ]);
    Pack::tiny()
        .replace(SCENARIO, "mainstream = 0.75", "mainstream = nan")
        .reject(&["scenarios/every-lever.toml:22: to 'NaN' is out of bounds (0 to 1)"]);
}

#[test]
fn an_unknown_need_in_a_lever_is_shown_the_nearest() {
    Pack::tiny()
        .replace(SCENARIO, "\"SEMH\"", "\"SEHM\"")
        .reject(&["scenarios/every-lever.toml:7: needs 'SEHM' is not a known need (did you mean 'SEMH'?)"]);
}

#[test]
fn an_unknown_setting_in_a_lever_is_shown_the_nearest_or_all() {
    Pack::tiny().replace(SCENARIO, "[\"state_special\"]", "[\"state_specail\"]").reject(&[
        "scenarios/every-lever.toml:20: settings 'state_specail' is not a known setting (did you mean 'state_special'?)",
    ]);
    Pack::tiny().replace(SCENARIO, "[\"further_education\"]", "[\"fe\"]").reject(&[
        "scenarios/every-lever.toml:14: settings 'fe' is not a known setting (known: mainstream, state_special, further_education)",
    ]);
    Pack::tiny().replace(SCENARIO, "mainstream = 0.75", "mainstraem = 0.75").reject(&[
        "scenarios/every-lever.toml:22: to 'mainstraem' is not a known setting (did you mean 'mainstream'?)",
    ]);
}

#[test]
fn a_lever_cannot_end_before_it_starts() {
    Pack::tiny()
        .replace(SCENARIO, "until = 2027", "until = 2025")
        .reject(&["scenarios/every-lever.toml:16: until '2025' is before from"]);
}

#[test]
fn a_lever_starts_in_a_year() {
    Pack::tiny()
        .replace(SCENARIO, "from = 2026\nphase", "from = 26\nphase")
        .reject(&["scenarios/every-lever.toml:8: from '26' is not a year (2000 to 2100)"]);
}

#[test]
fn a_phase_in_takes_at_least_a_year() {
    for value in [0, 26] {
        Pack::tiny().replace(SCENARIO, "phase_in_years = 2", &format!("phase_in_years = {value}")).reject(&[&format!(
            "scenarios/every-lever.toml:9: phase_in_years '{value}' is out of bounds (1 (at once) to 25)"
        )]);
    }
}

#[test]
fn a_diversion_names_whom_it_diverts() {
    Pack::tiny()
        .replace(SCENARIO, "\"joiners_and_movers\"", "\"joiner\"")
        .reject(&["scenarios/every-lever.toml:19: who 'joiner' is not known (did you mean 'joiners'?)"]);
}

#[test]
fn ages_of_a_lever_are_an_age_or_a_band() {
    for ages in ["10-4", "4-26", "young", ""] {
        Pack::tiny().replace(SCENARIO, "\"4-10\"", &format!("\"{ages}\"")).reject(&[&format!(
            "scenarios/every-lever.toml:6: ages '{ages}' is not an age or a band (\"7\" or \"4-10\")"
        )]);
    }
}

#[test]
fn no_scenario_takes_the_name_of_the_baseline() {
    Pack::tiny()
        .write("scenarios/baseline.toml", b"title = \"Nothing\"\n")
        .reject(&["scenarios/baseline.toml: takes the name of the scenario without levers (rename it)"]);
}

// ---------------------------------------------------------------------------------------------
// Assumptions.

#[test]
fn an_unknown_assumption_is_shown_the_nearest() {
    with_assumption("trend_dampening_per_year,0.5,0.4,0.6,a report,high").reject(&[
        "assumptions.csv:2: key 'trend_dampening_per_year' is not a known assumption (did you mean 'trend_damping_per_year'?)",
    ]);
}

#[test]
fn an_assumption_has_bounds() {
    with_assumption("trend_damping_per_year,1.5,0.4,1.6,a report,high")
        .reject(&["assumptions.csv:2: value '1.5' is out of bounds (0 to 1)"]);
}

#[test]
fn an_assumption_lies_in_its_own_range() {
    with_assumption("trend_damping_per_year,0.5,0.6,0.7,a report,high")
        .reject(&["assumptions.csv:2: value '0.5' is not between low and high"]);
}

#[test]
fn an_assumption_is_a_finite_number() {
    let no_number = "not a finite number";
    for (value, what) in [("nan", no_number), ("inf", no_number), ("", "blank"), ("half", no_number)] {
        with_assumption(&format!("trend_damping_per_year,{value},0.4,0.6,a report,high"))
            .reject(&[&format!("assumptions.csv:2: value '{value}' is {what}")]);
    }
}

#[test]
fn an_assumption_is_set_once() {
    let row = "trend_damping_per_year,0.5,0.4,0.6,a report,high";
    with_assumption(&format!("{row}\n{row}")).reject(&["assumptions.csv:3: key 'trend_damping_per_year' is set twice"]);
}

#[test]
fn an_unknown_confidence_is_shown_the_nearest() {
    with_assumption("trend_damping_per_year,0.5,0.4,0.6,a report,hihg")
        .reject(&["assumptions.csv:2: confidence 'hihg' is not a known confidence (did you mean 'high'?)"]);
}

#[test]
fn an_assumption_without_a_source_is_low_confidence_whatever_it_claims() {
    for (source, confidence) in [("", Confidence::Low), ("a report", Confidence::High)] {
        let folder = with_assumption(&format!("trend_damping_per_year,0.5,0.4,0.6,{source},high")).accept();
        let set = folder.world.assumptions.iter().find(|a| a.key == AssumptionKey::TrendDamping);
        let set = set.expect("every assumption is there");
        assert_eq!((set.value, set.confidence), (0.5, confidence));
    }
}

// ---------------------------------------------------------------------------------------------
// Many problems.

#[test]
fn problems_of_several_files_are_shown_together() {
    with_assumption("trend_damping_per_year,1.5,0.4,1.6,a report,high")
        .replace(POPULATION, RESIDENTS, &RESIDENTS.replace("synthetic_population", "synthetic_populatoin"))
        .replace(OBSERVATIONS, "2019,new_plans,", "2019,newplans,")
        .replace(SCENARIO, "multiply = 0.8", "multiply = 9")
        .reject(&[
            "assumptions.csv:2: value '1.5' is out of bounds (0 to 1)",
            "population.csv:88: source 'synthetic_populatoin' is not a known source (did you mean 'synthetic_population'?)",
            "observations.csv:222: measure 'newplans' is not a known measure (did you mean 'new_plans'?)",
            "scenarios/every-lever.toml:5: multiply '9' is out of bounds (0 to 5)",
        ]);
}

#[test]
fn several_problems_of_one_row_are_shown_together() {
    Pack::tiny().replace(OBSERVATIONS, CELL, "2025,plan,8,all,state_special,-2,synthetic_plans").reject(&[
        "observations.csv:111: measure 'plan' is not a known measure (did you mean 'plans'?)",
        "observations.csv:111: count '-2' is negative (counts are whole numbers of 0 or more)",
    ]);
}

#[test]
fn the_first_20_problems_are_shown_and_the_rest_counted() {
    // Rows from this source start on line 222.
    let pack =
        |count: usize| Pack::tiny().edit(OBSERVATIONS, |text| text.replacen(",synthetic_flows", ",hearsay", count));
    let line = |line: usize| {
        format!(
            "observations.csv:{line}: source 'hearsay' is not a known source (known: synthetic_flows, synthetic_plans, synthetic_population)"
        )
    };
    let shown: Vec<String> = (222..242).map(line).collect();
    assert_eq!(pack(20).printed(), shown);
    assert_eq!(pack(25).printed(), [shown, vec!["and 5 more".to_string()]].concat());
    assert_eq!(pack(25).read().err().map(|problems| problems.count()), Some(25));
}

#[test]
fn a_problem_under_windows_line_ends_has_the_same_line() {
    Pack::tiny()
        .replace(OBSERVATIONS, CELL, &CELL.replace(",2,", ",many,"))
        .edit(OBSERVATIONS, |text| text.replace('\n', "\r\n"))
        .reject(&["observations.csv:111: count 'many' is not a number (counts are whole numbers of 0 or more)"]);
}

#[test]
fn a_problem_after_a_blank_line_has_its_own_line() {
    Pack::tiny()
        .replace(OBSERVATIONS, CELL, &format!("\n{}", CELL.replace(",2,", ",many,")))
        .reject(&["observations.csv:112: count 'many' is not a number (counts are whole numbers of 0 or more)"]);
}

#[test]
fn a_row_too_long_or_too_short_causes_no_further_problem() {
    Pack::tiny()
        .replace(OBSERVATIONS, CELL, &format!("{CELL},7"))
        .reject(&["observations.csv:111: has 8 values for 7 columns"]);
}

#[test]
fn residents_are_a_whole_number_of_0_or_more() {
    for (value, what) in
        [("NaN", "is not a finite number"), ("-3", "is negative"), ("2.5", "is not a whole number"), ("", "is blank")]
    {
        Pack::tiny()
            .replace(POPULATION, RESIDENTS, &RESIDENTS.replace("269", value))
            .reject(&[&format!("population.csv:88: persons '{value}' {what} (counts are whole numbers of 0 or more)")]);
    }
}

#[test]
fn a_header_without_rows_causes_no_further_problem() {
    for file in ["settings.csv", "placements.csv", "sources.csv", POPULATION, OBSERVATIONS] {
        Pack::tiny()
            .edit(file, |text| text.lines().take(1).map(|line| format!("{line}\n")).collect())
            .reject(&[&format!("{file}: has a header and no rows")]);
    }
}

#[test]
fn a_key_given_twice_in_another_spelling_is_found() {
    // A blank means "all", and 05 is 5.
    for (file_line, again) in
        [(584, "2019,new_plans,,,,38,synthetic_flows"), (584, "2024,requests,00-04,all,all,0,synthetic_flows")]
    {
        let printed = Pack::tiny().add_line(OBSERVATIONS, again).printed();
        assert_eq!(printed.len(), 1, "{printed:?}");
        assert!(
            printed[0].starts_with(&format!("observations.csv:{file_line}: ")) && printed[0].contains("twice"),
            "{printed:?}"
        );
    }
}

#[test]
fn the_range_of_an_assumption_has_bounds_too() {
    for (row, column, value) in [("0.5,-4,0.6", "low", "-4"), ("0.5,0.4,7", "high", "7")] {
        with_assumption(&format!("trend_damping_per_year,{row},a report,high"))
            .reject(&[&format!("assumptions.csv:2: {column} '{value}' is out of bounds (0 to 1)")]);
    }
}

// ---------------------------------------------------------------------------------------------
// Totals of many areas.

const PANEL_HEADER: &str = "code,area,january,setting,plans,new_plans,requests,residents,source";

fn with_panel(rows: &[&str]) -> Pack {
    Pack::tiny().write("panel.csv", format!("{PANEL_HEADER}\n{}\n", rows.join("\n")).as_bytes())
}

#[test]
fn a_panel_is_read_with_its_gaps() {
    let panel = with_panel(&[
        "901,East,2024,all,100,10,12,5000,synthetic_plans",
        "901,East,2025,all,110,12,,5000,synthetic_plans",
        "902,West,2025,all,50,6,7,2500,synthetic_plans",
        "902,West,2025,state_special,9,,,,synthetic_plans",
    ]);
    let panel = panel.accept().world.panel.expect("read");
    assert_eq!((panel.first, panel.last(), panel.areas.len()), (2024, 2025, 2));
    assert_eq!(panel.groups[0].plans.row(0).to_vec(), [100.0, 110.0]);
    assert!(panel.requests[[0, 1]].is_nan() && panel.groups[0].plans[[1, 0]].is_nan());
    assert_eq!(panel.whole_until(2025), [true, false]);
    let special = &panel.groups[1];
    assert_eq!((special.setting.as_str(), special.plans[[1, 1]]), ("state_special", 9.0));
    assert!(special.plans[[0, 1]].is_nan() && special.new_plans[[1, 1]].is_nan());
}

#[test]
fn a_panel_names_settings_of_the_folder() {
    let reject = |setting: &str, problem: &str| {
        with_panel(&[&format!("901,East,2025,{setting},100,10,12,5000,synthetic_plans")]).reject(&[problem]);
    };
    reject(
        "state_specail",
        "panel.csv:2: setting 'state_specail' is not a known setting (did you mean 'state_special'?)",
    );
    reject(
        "",
        "panel.csv:2: setting '' is not a known setting (known: all, mainstream, state_special, further_education)",
    );
}

#[test]
fn what_is_wrong_in_a_panel_is_said_by_line() {
    with_panel(&[
        "901,East,2024,all,100,10,12,5000,synthetic_plans",
        "901,East,2024,all,101,10,12,5000,synthetic_plans",
        "901,East,2025,all,-1,NaN,0.5,5000,synthetic_plan",
    ])
    .reject(&[
        "panel.csv:3: january '2024' is given twice for the area and setting",
        "panel.csv:4: source 'synthetic_plan' is not a known source (did you mean 'synthetic_plans'?)",
        "panel.csv:4: plans '-1' is negative (counts are whole numbers of 0 or more)",
        "panel.csv:4: new_plans 'NaN' is not a finite number (counts are whole numbers of 0 or more)",
        "panel.csv:4: requests '0.5' is not a whole number (counts are whole numbers of 0 or more)",
    ]);
}
