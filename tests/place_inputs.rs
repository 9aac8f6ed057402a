//! What the checks of planning areas, places and levers on places reject, and how they say it: each test
//! adds these tables to a copy of the small synthetic area `tests/data/tiny`, makes one thing wrong, and
//! compares the whole list of printed problems. Also: shares of areas worked out by hand, and that neither
//! the order nor the names of areas have a say in a forecast.

mod pack;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::scenario::place_lever::PlaceLever;
use predicates::str::is_empty;
use tempfile::TempDir;

use pack::{Pack, copy_files, reject_each};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");
/// What it takes to make it an area with planning areas and limited places.
const TINY_PLACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny_places");

const SETTINGS: &str = "needscast.toml";
const AREAS: &str = "areas.csv";
const RESIDENTS: &str = "area_residents.csv";
const PLANS: &str = "area_plans.csv";
const TRAVEL: &str = "travel.csv";
const PROVIDERS: &str = "providers.csv";
const PLACES: &str = "places.csv";
const OVERFLOW: &str = "overflow.csv";
const SCENARIO: &str = "scenarios/places.toml";

/// All of them but for [`RESIDENTS`], which is made age by age: files of `tests/data/tiny_places`.
const TABLES: [&str; 7] = [AREAS, PLANS, TRAVEL, PROVIDERS, PLACES, OVERFLOW, SCENARIO];

/// By area and mid-year: residents of every age. The first stand on lines 2 to 27, and so on.
const PEOPLE: [(&str, u16, u32); 4] =
    [("hills", 2024, 300), ("coast", 2024, 100), ("hills", 2026, 600), ("coast", 2026, 100)];

impl Pack {
    /// A copy of the tiny area with areas, places and a scenario of all levers on places.
    fn with_places() -> Pack {
        let folder = TempDir::new().expect("a temporary folder");
        copy_folder(Path::new(TINY), folder.path());
        fs::remove_file(folder.path().join("scenarios/every-lever.toml")).expect("tests/inputs.rs has it");
        copy_folder(Path::new(TINY_PLACES), folder.path());
        let rows = PEOPLE.iter().flat_map(|(area, year, persons)| {
            (0..=25).map(move |age| format!("{area},{year},{age},{persons},made up\n"))
        });
        Pack(folder).write(RESIDENTS, &format!("area,year,age,persons,source\n{}", rows.collect::<String>()))
    }

    /// Areas and no places: without the areas nobody knows those that providers name.
    fn with_areas() -> Pack {
        [PROVIDERS, PLACES, OVERFLOW, SCENARIO].into_iter().fold(Pack::with_places(), Pack::delete)
    }

    /// Leaves out all lines that start so; there must be some.
    #[track_caller]
    fn without(self, file: &str, start: &str) -> Pack {
        let text = self.text(file);
        let kept: String =
            text.lines().filter(|line| !line.starts_with(start)).map(|line| format!("{line}\n")).collect();
        assert_ne!(text, kept, "no line of {file} starts with '{start}'");
        self.write(file, &kept)
    }

    /// `needscast run` on the pack into its folder `runs`.
    fn run(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
        command.arg("run").arg(self.0.path()).arg("--out").arg(self.0.path().join("runs/run"));
        command.args(["--quiet", "--tables-only", "--replicates", "8"]);
        command
    }

    /// A table of a run.
    fn run_table(&self, name: &str) -> String {
        self.run().assert().code(0);
        self.text(&format!("runs/run/{name}"))
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder made");
    copy_files(from, to);
    for entry in fs::read_dir(from).expect("a folder read") {
        let entry = entry.expect("an entry read");
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        }
    }
}

// ---------------------------------------------------------------------------------------------
// What is accepted.

#[test]
fn a_forecast_from_an_earlier_census_knows_of_no_later_places() {
    let somerset = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
    let overrides = Overrides { base_year: Some(2024), years: None };
    let folder = read_area_folder(&somerset, overrides).unwrap_or_else(|problems| panic!("rejected:\n{problems}"));
    assert!(folder.world.places.providers.is_empty());
    let names: Vec<&str> = folder.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["early-support", "fewer-independent", "high-growth", "request-surge"]);
    for note in [
        "places, SEN support, services and money are those of January 2025: left out of a forecast from 2024",
        "scenarios that act on these are left out, too: autism-all-ages, autism-triage, early-language-offer, \
         six-more-psychologists, special-school-2028, special-school-2029, units-in-mainstream",
    ] {
        assert!(folder.notes.iter().any(|found| found == note), "{note} in {:?}", folder.notes);
    }
}

#[test]
fn areas_places_and_every_lever_on_them_are_accepted_without_a_note() {
    let folder = Pack::with_places().accept();
    assert_eq!(folder.notes, Vec::<String>::new());
    let areas: Vec<&str> = folder.world.geography.areas.iter().map(|area| area.id.as_str()).collect();
    assert_eq!(areas, ["hills", "coast"]);
    let providers = &folder.world.places.providers;
    assert_eq!(providers.iter().map(|provider| provider.area).collect::<Vec<_>>(), [Some(0), Some(1), None]);
    assert_eq!(providers[1].places, [(2020, 25), (2027, 40)]);
    assert_eq!(folder.world.places.overflow.len(), 2);
    let [levers] = folder.scenarios.iter().map(|scenario| &scenario.places[..]).collect::<Vec<_>>()[..] else {
        panic!("one scenario")
    };
    assert!(
        matches!(
            levers,
            [
                PlaceLever::Open(_),
                PlaceLever::Delay { after: 2024, years: 1, .. },
                PlaceLever::Change { september: 2026, added: -5, .. },
                PlaceLever::Close { september: 2027, .. },
                PlaceLever::Designate { september: 2028, .. },
                PlaceLever::Overflow { .. },
                PlaceLever::Cap { pupils: 41, .. },
            ]
        ),
        "{levers:?}"
    );
    for file in TABLES.into_iter().chain([RESIDENTS]) {
        let read = folder.files.iter().filter(|read| Path::new(&read.shown).ends_with(file)).count();
        assert_eq!(read, 1, "{file} among the files of the run record");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = Pack::with_places();
    let mut pack = Pack::with_places();
    for file in TABLES.into_iter().chain([RESIDENTS]) {
        let text = format!("\u{feff}{}", pack.text(file).replace('\n', "\r\n"));
        pack = pack.write(file, &text);
    }
    let (patched, plain) = (pack.accept(), plain.accept());
    assert_eq!(patched.world, plain.world);
    assert_eq!(patched.scenarios, plain.scenarios);
}

#[test]
fn files_that_may_be_left_out_are_left_out() {
    let folder = Pack::with_places().delete(PLANS).delete(TRAVEL).accept();
    assert!(folder.world.geography.travel.iter().all(|share| *share == 1.0));
    // Without areas or without places nobody names them.
    let mut pack = Pack::with_places().delete(SCENARIO);
    for file in [PROVIDERS, PLACES, OVERFLOW] {
        pack = pack.delete(file);
    }
    assert_eq!(pack.accept().world.places.providers, []);
    for file in [AREAS, RESIDENTS, PLANS, TRAVEL] {
        pack = pack.delete(file);
    }
    assert!(!pack.accept().world.geography.is_divided());
}

#[test]
fn places_for_a_need_that_nobody_has_are_noted() {
    let folder = Pack::with_places().replace(PROVIDERS, "4-15,SEMH,", "4-15,SEMH HI VI,").accept();
    assert_eq!(folder.notes, ["provider ash: nobody in the area has the need HI, VI"]);
}

#[test]
fn levers_that_change_nothing_in_the_years_forecast_are_noted() {
    let late = "\n[[close_provider]]\nprovider = \"oak\"\nseptember = 2090\n\n\
                [[cap]]\nsetting = \"state_special\"\npupils = 500\nfrom = 2090\n";
    let folder = Pack::with_places().add(SCENARIO, late).accept();
    let years = (folder.world.base.0, folder.world.base.plus(folder.world.years).0 - 1);
    let note = |what: &str| format!("scenario places: {what} changes nothing in Septembers {} to {}", years.0, years.1);
    assert_eq!(folder.notes, [note("close_provider of 'oak'"), note("cap")]);
    let late = "\n[[joiner_rate]]\nmultiply = 2.0\nfrom = 2090\n";
    let folder = Pack::with_places().add(SCENARIO, late).accept();
    let note = format!("scenario places: a lever acts in no year from {} to {}", years.0, years.1);
    assert_eq!(folder.notes, [note]);
}

#[test]
fn a_number_that_nobody_can_trace_is_of_low_confidence_and_noted() {
    let pack = Pack::with_places().replace(PROVIDERS, "1,,,made up,high", "1,,,,high");
    let folder = pack.replace(OVERFLOW, "0.7,made up,high", "0.7,made up,low").accept();
    assert_eq!(folder.world.places.providers[2].source, "no source: local value");
    let note = "places: 1 of 3 providers and 1 of 2 overflow shares have low confidence: they need local values";
    assert_eq!(folder.notes, [note]);
}

// ---------------------------------------------------------------------------------------------
// Files and columns.

#[test]
fn of_the_files_of_areas_and_of_places_none_may_be_missing() {
    let missing =
        |file: &str| format!("{file}: is missing (an area folder needs it; see the README's data dictionary)");
    for file in [PROVIDERS, PLACES, OVERFLOW] {
        Pack::with_places().delete(file).reject(&[&missing(file)]);
    }
    Pack::with_places().delete(PROVIDERS).delete(PLACES).reject(&[&missing(PROVIDERS), &missing(PLACES)]);
    // Providers that name areas are left out: they would be rejected for areas nobody knows.
    for file in [AREAS, RESIDENTS] {
        let pack = Pack::with_places().delete(file).delete(PROVIDERS).delete(PLACES).delete(OVERFLOW);
        pack.reject(&[&missing(file)]);
        let pack = pack.delete(if file == AREAS { RESIDENTS } else { AREAS });
        pack.reject(&[&missing(AREAS), &missing(RESIDENTS)]);
    }
}

#[test]
fn an_empty_table_is_told_its_columns_and_one_without_rows_is_no_table() {
    for file in [AREAS, RESIDENTS, PLANS, TRAVEL, PROVIDERS, PLACES, OVERFLOW] {
        let of_places = [PROVIDERS, PLACES, OVERFLOW].contains(&file);
        let pack = if of_places { Pack::with_places() } else { Pack::with_areas() };
        let header = pack.text(file).lines().next().expect("a header").to_string();
        let pack = pack.write(file, "");
        pack.reject(&[&format!("{file}: is empty (columns: {header})")]);
        let pack = pack.write(file, &format!("{header}\n"));
        pack.reject(&[&format!("{file}: has a header and no rows")]);
    }
}

// ---------------------------------------------------------------------------------------------
// Planning areas.

#[test]
fn an_area_has_a_code_of_its_own() {
    reject_each(
        Pack::with_areas,
        AREAS,
        r#"
        hills,The -> Hills,The => :2: area 'Hills' is not an area's code (lower-case letters, digits, - and _)
        hills,The -> ,The => :2: area '' is not an area's code (lower-case letters, digits, - and _)
        hills,The -> all,The => :2: area 'all' is not an area's code (lower-case letters, digits, - and _)
        hills,The -> tiny,The => :2: area 'tiny' is the code of the whole area
        coast,The -> hills,The => :3: area 'hills' is listed twice
        "#,
    );
}

#[test]
fn there_are_no_more_areas_than_the_engine_tells_apart() {
    let pack = Pack::with_areas();
    let more = |count: usize| (0..count).map(|area| format!("area_{area},,,,made up\n")).collect::<String>();
    let pack = pack.add(AREAS, &more(63));
    pack.reject(&["areas.csv: lists more than 64 areas"]);
}

#[test]
fn a_point_of_the_national_grid_has_both_numbers_and_is_on_it() {
    reject_each(
        Pack::with_areas,
        AREAS,
        r#"
        400000,300000 -> ,300000 => :2: easting '' is blank beside a northing
        400000,300000 -> 400000, => :2: northing '' is blank beside an easting
        400000,300000 -> 700001,300000 => :2: easting '700001' is out of bounds (metres of the National Grid, 0 to 700000)
        400000,300000 -> -1,300000 => :2: easting '-1' is out of bounds (metres of the National Grid, 0 to 700000)
        400000,300000 -> 400000,1300001 => :2: northing '1300001' is out of bounds (metres of the National Grid, 0 to 1300000)
        400000,300000 -> NaN,300000 => :2: easting 'NaN' is not a finite number
        400000,300000 -> 400000,here => :2: northing 'here' is not a finite number
        "#,
    );
    reject_each(
        Pack::with_places,
        PROVIDERS,
        r#"
        400000,301000 -> ,301000 => :2: easting '' is blank beside a northing
        400000,301000 -> 400000, => :2: northing '' is blank beside an easting
        400000,301000 -> inf,301000 => :2: easting 'inf' is not a finite number
        400000,301000 -> 400000,-5 => :2: northing '-5' is out of bounds (metres of the National Grid, 0 to 1300000)
        "#,
    );
}

#[test]
fn residents_are_known_for_every_age_of_every_area() {
    // A row that cannot be read also leaves its age without residents.
    for (to, problem) in [
        ("hill,2024,7,300", "area 'hill' is not a known area (did you mean 'hills'?)"),
        ("hills,1024,7,300", "year '1024' is not a year (from 1990 to 2100)"),
        ("hills,2024,26,300", "age '26' is not an age (single years 0 to 25)"),
        ("hills,2024,7,-3", "persons '-3' is negative (counts are whole numbers of 0 or more)"),
        ("hills,2024,7,1.5", "persons '1.5' is not a whole number (counts are whole numbers of 0 or more)"),
    ] {
        Pack::with_areas().replace(RESIDENTS, "hills,2024,7,300", to).reject(&[
            &format!("area_residents.csv:9: {problem}"),
            "area_residents.csv: has no residents of age 7 in hills 2024",
        ]);
    }
    reject_each(
        Pack::with_areas,
        RESIDENTS,
        r#"
        hills,2024,8, -> hills,2024,8,300,made up\nhills,2024,8, => :11: age '8' is given twice for hills 2024
        coast,2024,25,100,made up\n -> => : has no residents of age 25 in coast 2024
        "#,
    );
}

#[test]
fn every_area_has_people_by_the_base_census() {
    let problem =
        "area_residents.csv: has no residents of the area 'coast' (the base census needs a year up to mid-2024)";
    let pack = || Pack::with_areas();
    pack().without(RESIDENTS, "coast,").reject(&[problem]);
    pack().without(RESIDENTS, "coast,2024,").reject(&[problem]);
    let nobody = pack().text(RESIDENTS).replace(",100,", ",0,");
    pack().write(RESIDENTS, &nobody).reject(&[problem]);
}

#[test]
fn plans_by_area_are_given_for_all_areas_or_none() {
    for (to, problem) in [
        ("hils,5-10,state_special,6", "area 'hils' is not a known area (did you mean 'hills'?)"),
        ("hills,10-5,state_special,6", "age '10-5' is not an age or a band (7, 5-10 or all)"),
        (
            "hills,5-10,special,6",
            "setting 'special' is not a known setting (known: mainstream, state_special, further_education)",
        ),
        ("hills,5-10,state_special,six", "plans 'six' is not a number (counts are whole numbers of 0 or more)"),
    ] {
        Pack::with_areas().replace(PLANS, "hills,5-10,state_special,6", to).reject(&[
            &format!("area_plans.csv:4: {problem}"),
            "area_plans.csv: has no plans of the area 'hills' at 5-10 (0 where there are none)",
        ]);
    }
    reject_each(
        Pack::with_areas,
        PLANS,
        r#"
        hills,5-10 -> hills,5-10,state_special,6,made up\nhills,5-10 => :5: area 'hills' is given twice for these ages and this setting
        hills,5-10,state_special,6,made up\n -> => : has no plans of the area 'hills' at 5-10 (0 where there are none)
        "#,
    );
}

#[test]
fn shares_of_children_who_travel_are_from_0_to_1_and_given_once() {
    reject_each(
        Pack::with_areas,
        TRAVEL,
        r#"
        hills,coast,0.4 -> hill,coast,0.4 => :3: from 'hill' is not a known area (did you mean 'hills'?)
        hills,coast,0.4 -> hills,cost,0.4 => :3: to 'cost' is not a known area (did you mean 'coast'?)
        hills,coast,0.4 -> hills,coast,1.01 => :3: share '1.01' is out of bounds (0 to 1)
        hills,coast,0.4 -> hills,coast,-0.1 => :3: share '-0.1' is out of bounds (0 to 1)
        hills,coast,0.4 -> hills,coast,NaN => :3: share 'NaN' is not a finite number
        hills,coast,0.4 -> hills,coast,0.4,made up\nhills,coast,0.4 => :4: to 'coast' is given twice from hills
        "#,
    );
}

#[test]
fn a_distance_to_travel_is_above_0_and_at_most_500_km() {
    let pack = |km: &str| Pack::with_areas().add(SETTINGS, &format!("\n[places]\ntravel_km = {km}\n"));
    for (value, shown) in [("0.0", "0"), ("-3.0", "-3"), ("500.5", "500.5"), ("nan", "NaN"), ("inf", "inf")] {
        pack(value).reject(&[&format!("needscast.toml:18: travel_km '{shown}' is out of range (up to 500)")]);
    }
    pack("12.5")
        .replace(SETTINGS, "travel_km", "travel_miles")
        .reject(&["needscast.toml:18: unknown field `travel_miles`, expected `travel_km`"]);
    assert_eq!(pack("12.5").accept().world.geography.most_metres, Some(12_500.0));
}

// ---------------------------------------------------------------------------------------------
// Providers, places and overflow.

#[test]
fn a_provider_has_a_code_of_its_own() {
    reject_each(
        Pack::with_places,
        PROVIDERS,
        r#"
        ash,Ash -> Ash,Ash => :4: provider 'Ash' is not a provider's code (lower-case letters, digits, - and _)
        ash,Ash -> ,Ash => :4: provider '' is not a provider's code (lower-case letters, digits, - and _)
        ash,Ash -> all,Ash => :4: provider 'all' is not a provider's code (lower-case letters, digits, - and _)
        ash,Ash -> oak,Ash => :4: provider 'oak' is listed twice
        "#,
    );
}

#[test]
fn a_provider_says_what_it_is_and_whom_it_takes() {
    reject_each(
        Pack::with_places,
        PROVIDERS,
        r#"
        school,0-25, -> school,, => :2: ages '' is not an age or a band (such as 4-18)
        school,0-25, -> school,all, => :2: ages 'all' is not an age or a band (such as 4-18)
        school,0-25, -> school,18-4, => :2: ages '18-4' is not an age or a band (such as 4-18)
        school,0-25, -> school,4-26, => :2: ages '4-26' is not an age or a band (such as 4-18)
        ASD SEMH -> ASD SEHM => :3: needs 'ASD SEHM' names 'SEHM', which is not a known need (did you mean 'SEMH'?)
        1.1 -> 1.6 => :3: occupancy_limit '1.6' is out of bounds (pupils per place, 0.5 to 1.5)
        1.1 -> 0.49 => :3: occupancy_limit '0.49' is out of bounds (pupils per place, 0.5 to 1.5)
        1.1 -> => :3: occupancy_limit '' is blank
        1.1 -> NaN => :3: occupancy_limit 'NaN' is not a finite number
        up,medium -> up,medum => :3: confidence 'medum' is not a known confidence (did you mean 'medium'?)
        "#,
    );
    for (limit, accepted) in [("0.5", 0.5), ("1.5", 1.5)] {
        let folder = Pack::with_places().replace(PROVIDERS, "1.1", limit).accept();
        assert_eq!(folder.world.places.providers[1].occupancy_limit, accepted);
    }
}

#[test]
fn an_unknown_name_is_shown_the_nearest() {
    reject_each(
        Pack::with_places,
        PROVIDERS,
        r#"
        state_special,hills -> state_specal,hills => :2: setting 'state_specal' is not a known setting (did you mean 'state_special'?)
        special,hills -> special,hill => :2: area 'hill' is not a known area (did you mean 'hills'?)
        unit,4-15 -> unti,4-15 => :4: kind 'unti' is not a known kind (did you mean 'unit'?)
        unit,4-15 -> not_listed,4-15 => :4: kind 'not_listed' is not a known kind (known: school, new_build, satellite, unit, independent)
        "#,
    );
    let provider = "oak,2020 -> oka,2020 => :2: provider 'oka' is not a known provider (did you mean 'oak'?)";
    reject_each(Pack::with_places, PLACES, provider);
    reject_each(
        Pack::with_places,
        OVERFLOW,
        r#"
        state_special,mainstream -> state_specal,mainstream => :2: setting 'state_specal' is not a known setting (did you mean 'state_special'?)
        special,mainstream -> special,mainsteam => :2: to 'mainsteam' is not a known setting (did you mean 'mainstream'?)
        waiting -> waitng => :2: counted_as 'waitng' is not a known count (did you mean 'waiting'?)
        every_year -> each_year => :2: returns 'each_year' is not a known return (did you mean 'every_year'?)
        0.7,made up,high -> 0.7,made up,hihg => :2: confidence 'hihg' is not a known confidence (did you mean 'high'?)
        "#,
    );
}

#[test]
fn there_are_no_more_providers_than_the_engine_tells_apart() {
    let rows = |table: fn(usize) -> String| (0..235).map(table).collect::<String>();
    let pack = Pack::with_places()
        .add(PROVIDERS, &rows(|index| format!("p{index},,state_special,,unit,4-15,,1,,,made up,high\n")))
        .add(PLACES, &rows(|index| format!("p{index},2020,1,made up\n")));
    pack.reject(&["providers.csv: lists more than 237 providers (put small ones together)"]);
    let fewer = pack.without(PROVIDERS, "p234,").without(PLACES, "p234,");
    // The scenario opens one more.
    fewer.reject(&["scenarios: open so many providers that there would be more than 240 (put small ones together)"]);
    fewer.without(PROVIDERS, "p233,").without(PLACES, "p233,").accept();
}

#[test]
fn places_are_whole_numbers_from_septembers_on() {
    reject_each(
        Pack::with_places,
        PLACES,
        r#"
        oak,2020,30 -> oak,1989,30 => :2: september '1989' is not a year (from 1990 to 2100)
        oak,2020,30 -> oak,2101,30 => :2: september '2101' is not a year (from 1990 to 2100)
        oak,2020,30 -> oak,soon,30 => :2: september 'soon' is not a year (from 1990 to 2100)
        oak,2020,30 -> oak,2020,30.5 => :2: places '30.5' is not a whole number (counts are whole numbers of 0 or more)
        oak,2020,30 -> oak,2020,-30 => :2: places '-30' is negative (counts are whole numbers of 0 or more)
        oak,2020,30 -> oak,2020,1000001 => :2: places '1000001' is too many (at most 1000000)
        elm,2027,40 -> elm,2020,40 => :4: september '2020' is given twice for elm
        oak,2020,30,made up\n -> => : has no places of the provider 'oak' (a row with the September it opened and its places)
        "#,
    );
}

#[test]
fn a_provider_opens_before_it_closes_and_once() {
    reject_each(
        Pack::with_places,
        PLACES,
        r#"
        ash,2020,10 -> ash,2020,0 => : closes the provider 'ash' in 2020, before it opens
        elm,2027 -> elm,2023,0,\nelm,2027 => : has places of the provider 'elm' from 2027 on, after its closure in 2023 (give what opens later a code of its own)
        "#,
    );
    // Rows in any order: what counts are the Septembers.
    let folder = Pack::with_places().replace(PLACES, "elm,2020,25", "elm,2030,0,made up\nelm,2020,25").accept();
    assert_eq!(folder.world.places.providers[1].places, [(2020, 25), (2027, 40), (2030, 0)]);
}

#[test]
fn overflow_shares_lead_elsewhere_and_add_up_to_one() {
    reject_each(
        Pack::with_places,
        OVERFLOW,
        r#"
        0.7 -> 0.6 => : the shares of state_special add up to 0.9, not 1
        0.7 -> 0.8 => : the shares of state_special add up to 1.1, not 1
        0.7 -> 1.2 => :2: share '1.2' is out of bounds (0 to 1)
        0.7 -> -0.1 => :2: share '-0.1' is out of bounds (0 to 1)
        0.7 -> NaN => :2: share 'NaN' is not a finite number
        special,mainstream -> special,state_special => :2: to 'state_special' is the setting that has no place
        special,further_education -> special,mainstream => :3: to 'mainstream' is given twice
        "#,
    );
}

#[test]
fn there_are_no_more_rules_of_a_setting_than_the_engine_tells_apart() {
    let (mut settings, mut rules) = (String::new(), String::new());
    for index in 0..15 {
        settings += &format!("other_{index},Other {index},0,25\n");
        rules += &format!("state_special,other_{index},overflow,never,0,made up,high\n");
    }
    let pack = Pack::with_places().add("settings.csv", &settings).add(OVERFLOW, &rules);
    pack.reject(&["overflow.csv: more than 16 rules of state_special"]);
    pack.without(OVERFLOW, "state_special,other_14,").accept();
}

#[test]
fn nobody_without_a_place_is_left_nowhere_to_go() {
    let pack = || Pack::with_places().without(OVERFLOW, "state_special,further").without(SCENARIO, "to = ");
    let levers = pack().text(SCENARIO);
    let (kept, _) = levers.split_once("[[overflow]]").expect("a lever on overflow");
    pack()
        .write(SCENARIO, kept)
        .replace(OVERFLOW, "0.7", "1")
        .reject(&["overflow.csv: leaves a child of 19 without a place in state_special nowhere to go \
         (one rule must lead to a setting without limit that takes the age)"]);
    // A way into a setting that is limited, too, is no way out; that setting needs rules of its own.
    let college = "bay,Bay College,further_education,,school,15-25,,1,,,made up,high\n";
    let pack = || Pack::with_places().add(PROVIDERS, college).add(PLACES, "bay,2020,300,made up\n");
    let nowhere = |age: u8, setting: &str| {
        format!(
            "overflow.csv: leaves a child of {age} without a place in {setting} nowhere to go \
             (one rule must lead to a setting without limit that takes the age)"
        )
    };
    pack().reject(&[
        &nowhere(19, "state_special"),
        "overflow.csv: does not say where children go who find no place in further_education \
         (rows with the settings they go to and their shares)",
    ]);
    let pack = pack().add(OVERFLOW, "further_education,mainstream,waiting,never,1,made up,high\n");
    pack.reject(&[&nowhere(19, "state_special"), &nowhere(19, "further_education")]);
}

#[test]
fn rules_of_a_setting_without_a_provider_need_a_cap() {
    let rule = "further_education,mainstream,waiting,never,1,made up,high\n";
    let pack = || Pack::with_places().add(OVERFLOW, rule);
    pack().reject(&["overflow.csv: limits further_education, which has no provider in providers.csv \
         (list its providers, or leave its rules out)"]);
    let cap = "[[cap]]\nsetting = \"further_education\"\npupils = 500\nfrom = 2026\n";
    let capped = || pack().add(SCENARIO, cap);
    // With both limited, mainstream alone is left, and takes nobody of 19.
    let nowhere = |code: &str| {
        format!(
            "overflow.csv: leaves a child of 19 without a place in {code} nowhere to go \
             (one rule must lead to a setting without limit that takes the age)"
        )
    };
    capped().reject(&[&nowhere("state_special"), &nowhere("further_education")]);
    capped().replace("settings.csv", "Mainstream school,0,18", "Mainstream school,0,25").accept();
}

// ---------------------------------------------------------------------------------------------
// Levers on places.

#[test]
fn an_opened_provider_is_new_and_says_what_it_is() {
    reject_each(
        Pack::with_places,
        SCENARIO,
        r#"
        "yew" -> "Yew" => :3: provider 'Yew' is not a provider's code (lower-case letters, digits, - and _)
        "yew" -> "" => :3: provider '' is not a provider's code (lower-case letters, digits, - and _)
        "yew" -> "oak" => :3: provider 'oak' is in providers.csv already
        state_special"\narea -> state_specal"\narea => :5: setting 'state_specal' is not a known setting (did you mean 'state_special'?)
        state_special"\narea -> mainstream"\narea => :5: setting 'mainstream' has no providers in providers.csv (without limit, more places change nothing)
        "coast" -> "coats" => :6: area 'coats' is not a known area (did you mean 'coast'?)
        "new_build" -> "newbuild" => :7: kind 'newbuild' is not a known kind (did you mean 'new_build'?)
        "new_build" -> "not_listed" => :7: kind 'not_listed' is not a known kind (known: school, new_build, satellite, unit, independent)
        "4-19" -> "19-4" => :8: ages '19-4' is not an age or a band ("7" or "4-18")
        "ASD" -> "ASDD" => :9: needs 'ASDD' is not a known need (did you mean 'ASD'?)
        1.05 -> 0.49 => :10: occupancy_limit '0.49' is out of bounds (pupils per place, 0.5 to 1.5)
        1.05 -> 1.51 => :10: occupancy_limit '1.51' is out of bounds (pupils per place, 0.5 to 1.5)
        1.05 -> nan => :10: occupancy_limit 'NaN' is out of bounds (pupils per place, 0.5 to 1.5)
        easting = 400500.0\n -> => :3: provider 'yew' has an easting or a northing without the other
        northing = 279000.0\n -> => :3: provider 'yew' has an easting or a northing without the other
        400500.0 -> nan => :12: easting 'NaN' is out of bounds (metres of the National Grid, 0 to 700000)
        279000.0 -> 1300000.5 => :13: northing '1300000.5' is out of bounds (metres of the National Grid, 0 to 1300000)
        "#,
    );
    let again = "[[open_provider]]\nprovider = \"yew\"\nname = \"Yew\"\nsetting = \"state_special\"\nkind = \"unit\"\n\
                 ages = \"4-19\"\nplaces = { 2026 = 10 }\n";
    let pack = Pack::with_places().add(SCENARIO, again);
    pack.reject(&["scenarios/places.toml:40: provider 'yew' is opened twice"]);
}

#[test]
fn an_opened_provider_has_places_from_septembers_on() {
    reject_each(
        Pack::with_places,
        SCENARIO,
        r#"
        2026 = 10, 2027 = 20 -> 1999 = 10 => :11: places '1999' is not a September ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> 2101 = 10 => :11: places '2101' is not a September ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> soon = 10 => :11: places 'soon' is not a September ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> 02026 = 10, 2026 = 20 => :11: places '02026' is not a September ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> 2026 = 100001 => :11: places '2026' has too many places ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> 2026 = 0 => :11: places '{}' opens no place ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> => :11: places '{}' opens no place ({ 2028 = 60, 2029 = 120 })
        2026 = 10, 2027 = 20 -> 2026 = -5 => :11: invalid value: integer `-5`, expected u32
        "#,
    );
}

#[test]
fn levers_act_on_known_providers_in_possible_septembers() {
    reject_each(
        Pack::with_places,
        SCENARIO,
        r#"
        "oak"\nseptember = 2026 -> "oka"\nseptember = 2026 => :15: provider 'oka' is not a known provider (did you mean 'oak'?)
        "elm" -> "sycamore" => :19: provider 'sycamore' is not a known provider (known: oak, elm, ash, yew)
        "ash" -> "ask" => :22: provider 'ask' is not a known provider (did you mean 'ash'?)
        "oak"\nseptember = 2028 -> "ok"\nseptember = 2028 => :25: provider 'ok' is not a known provider (did you mean 'oak'?)
        september = 2026 -> september = 1999 => :16: september '1999' is not a year (2000 to 2100)
        september = 2027 -> september = 2101 => :23: september '2101' is not a year (2000 to 2100)
        september = 2028 -> september = 0 => :26: september '0' is not a year (2000 to 2100)
        add = -5 -> add = 0 => :17: add '0' is out of bounds (places more or, below 0, fewer)
        add = -5 -> add = 100001 => :17: add '100001' is out of bounds (places more or, below 0, fewer)
        add = -5 -> add = -100001 => :17: add '-100001' is out of bounds (places more or, below 0, fewer)
        years = 1 -> years = 0 => :20: years '0' is out of bounds (1 to 25)
        years = 1 -> years = 26 => :20: years '26' is out of bounds (1 to 25)
        "elm" -> "oak" => :19: provider 'oak' has nothing planned after September 2024
        "5-25" -> "25-5" => :27: ages '25-5' is not an age or a band ("7" or "4-18")
        "SEMH" -> "SEHM" => :28: needs 'SEHM' is not a known need (did you mean 'SEMH'?)
        "#,
    );
    // What the scenario opens itself is known, and may come later.
    let own = Pack::with_places().replace(SCENARIO, "\"elm\"", "\"yew\"").replace(SCENARIO, "\"ash\"", "\"yew\"");
    own.accept();
}

#[test]
fn a_lever_on_overflow_shares_out_by_the_rules_of_the_table() {
    reject_each(
        Pack::with_places,
        SCENARIO,
        r#"
        state_special"\nto -> special"\nto => :30: setting 'special' is not a known setting (known: mainstream, state_special, further_education)
        state_special"\nto -> mainstream"\nto => :30: setting 'mainstream' has no overflow rules (overflow.csv must list where those go who find no place)
        mainstream = 0.25 -> mainstrem = 0.25 => :31: to 'mainstrem' is not a known setting (did you mean 'mainstream'?)
        mainstream = 0.25 -> state_special = 0.25 => :31: to 'state_special' is not among the rules of the setting in overflow.csv (overflow.csv says how its children are counted and when they return)
        0.75 -> 0.65 => :31: to '0.9' is what the shares add up to (they must add up to 1)
        mainstream = 0.25, -> => :31: to '0.75' is what the shares add up to (they must add up to 1)
        mainstream = 0.25, further_education = 0.75 -> => :31: to '{}' names no setting
        from = 2026 -> from = 1999 => :32: from '1999' is not a year (2000 to 2100)
        until = 2027 -> until = 2025 => :33: until '2025' is before from
        "#,
    );
    let pack = Pack::with_places().replace(SCENARIO, "= 0.25", "= 1.25").replace(SCENARIO, "= 0.75", "= -0.25");
    pack.reject(&[
        "scenarios/places.toml:31: to '-0.25' is out of bounds (0 to 1)",
        "scenarios/places.toml:31: to '1.25' is out of bounds (0 to 1)",
    ]);
}

#[test]
fn a_cap_is_on_a_setting_whose_children_have_somewhere_else_to_go() {
    reject_each(
        Pack::with_places,
        SCENARIO,
        r#"
        state_special"\npupils -> state_specal"\npupils => :35: setting 'state_specal' is not a known setting (did you mean 'state_special'?)
        state_special"\npupils -> mainstream"\npupils => :35: setting 'mainstream' has no overflow rules (overflow.csv must say where those go who are not admitted)
        from = 2025\nuntil = 2028 -> from = 2101 => :37: from '2101' is not a year (2000 to 2100)
        until = 2028 -> until = 2024 => :38: until '2024' is before from
        pupils = 41 -> pupils = -1 => :36: invalid value: integer `-1`, expected u32
        pupils = 41 -> pupils = 40.5 => :36: invalid type: floating point `40.5`, expected u32
        "#,
    );
}

#[test]
fn a_lever_has_the_keys_of_its_kind_and_no_others() {
    reject_each(
        Pack::with_places,
        SCENARIO,
        r#"
        easting -> east => :12: unknown field `east`, expected one of `provider`, `name`, `setting`, `area`, `kind`, `ages`, `needs`, `occupancy_limit`, `places`, `easting`, `northing`
        add = -5 -> plus = -5 => :17: unknown field `plus`, expected one of `provider`, `september`, `add`
        years = 1 -> by = 1 => :20: unknown field `by`, expected `provider` or `years`
        september = 2027 -> from = 2027 => :23: unknown field `from`, expected `provider` or `september`
        ages = "5-25" -> age = "5-25" => :27: unknown field `age`, expected one of `provider`, `september`, `ages`, `needs`
        to = { -> shares = { => :31: unknown field `shares`, expected one of `setting`, `to`, `from`, `until`
        pupils -> places => :36: unknown field `places`, expected one of `setting`, `pupils`, `from`, `until`
        ages = "4-19"\n -> => :2: missing field `ages`
        add = -5\n -> => :14: missing field `add`
        years = 1\n -> => :18: missing field `years`
        september = 2027\n -> => :21: missing field `september`
        ages = "5-25"\n -> => :24: missing field `ages`
        from = 2026\n -> => :29: missing field `from`
        pupils = 41\n -> => :34: missing field `pupils`
        add = -5 -> add = "-5" => :17: invalid type: string "-5", expected i64
        september = 2027 -> september = "2027" => :23: invalid type: string "2027", expected u16
        "#,
    );
}

#[test]
fn two_scenarios_may_open_the_same_provider_but_not_in_two_places() {
    let with_other = |from: &str, to: &str| {
        let other = Pack::with_places().replace(SCENARIO, from, to).text(SCENARIO);
        Pack::with_places().write("scenarios/larger.toml", &other)
    };
    with_other("2026 = 10, 2027 = 20", "2026 = 50").accept();
    let problem = "scenarios/places.toml: opens 'yew' in another setting or place than scenario larger \
                   (give it a code of its own)";
    for (from, to) in [
        ("area = \"coast\"", "area = \"hills\""),
        ("area = \"coast\"\n", ""),
        ("easting = 400500.0", "easting = 400501.0"),
        ("easting = 400500.0\nnorthing = 279000.0\n", ""),
    ] {
        with_other(from, to).reject(&[problem]);
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    Pack::with_places()
        .replace(PROVIDERS, "school,0-25", "scool,0-25")
        .replace(OVERFLOW, "waiting", "waitng")
        .replace(TRAVEL, "coast,0.4", "coast,1.4")
        .replace(PROVIDERS, "state_special,hills", "state_special,")
        .replace(PROVIDERS, "state_special,coast", "state_special,")
        .reject(&[
            "travel.csv:3: share '1.4' is out of bounds (0 to 1)",
            "providers.csv:2: kind 'scool' is not a known kind (did you mean 'school'?)",
            "overflow.csv:2: counted_as 'waitng' is not a known count (did you mean 'waiting'?)",
        ]);
}

// ---------------------------------------------------------------------------------------------
// Through the program.

#[test]
fn places_that_are_wrong_end_a_run_with_code_3_before_anything_is_written() {
    for (pack, problem) in [
        (Pack::with_places().replace(PROVIDERS, "0-25,", ","), "providers.csv:2: ages '' is not an age or a band"),
        (Pack::with_places().delete(OVERFLOW), "overflow.csv: is missing"),
        (Pack::with_places().replace(SCENARIO, "pupils", "places"), "places.toml:36: unknown field `places`"),
    ] {
        let run = pack.run().assert().code(3).stdout(is_empty());
        let printed = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(printed.contains(problem), "{printed}");
        assert!(printed.ends_with("error: 1 problem in the inputs; nothing was written\n"), "{printed}");
        assert!(!pack.0.path().join("runs").exists());
    }
}

// ---------------------------------------------------------------------------------------------
// Shares of areas, and what has no say.

/// Shares of the hills and the coast at the censuses of January 2025, 2026 and 2027.
fn shares(folder: &AreaFolder, age: usize, setting: &str) -> [[f64; 2]; 3] {
    let setting = folder.world.settings.find(setting).expect("a setting of tiny").index();
    let share = &folder.world.geography.share;
    [0, 1, 2].map(|census| [0, 1].map(|area| share[[census, age, setting, area]]))
}

#[track_caller]
fn assert_shares(found: [[f64; 2]; 3], expected: [[f64; 2]; 3]) {
    let near = found.iter().flatten().zip(expected.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(near, "{found:?} for {expected:?}");
}

#[test]
fn shares_of_areas_are_residents_times_relative_plans_by_hand() {
    let folder = Pack::with_places().accept();
    // Of all: 10 plans to 300 residents of an age and 10 to 100, overall 20 to 400, are 2/3 and 2 times
    // the rate of the whole: weights of 200 and 200 people; 400 and 200 from mid-2026 on.
    let (even, two_thirds) = ([0.5, 0.5], [2.0 / 3.0, 1.0 / 3.0]);
    assert_shares(shares(&folder, 7, "mainstream"), [even, even, two_thirds]);
    assert_shares(shares(&folder, 11, "state_special"), [even, even, two_thirds]);
    // At 5 to 10 all plans in special schools are of the hills.
    for age in [5, 10] {
        assert_shares(shares(&folder, age, "state_special"), [[1.0, 0.0]; 3]);
    }
    assert_eq!(folder.world.geography.share.dim().0, 5);
}

#[test]
fn without_plans_by_area_shares_are_those_of_residents_of_the_last_year_that_all_areas_have() {
    let pack = Pack::with_places().delete(PLANS);
    let (then, later) = ([0.75, 0.25], [6.0 / 7.0, 1.0 / 7.0]);
    assert_shares(shares(&pack.accept(), 20, "state_special"), [then, then, later]);
    // A year that one area lacks is not used for any.
    let pack = pack.without(RESIDENTS, "coast,2026,");
    assert_shares(shares(&pack.accept(), 20, "state_special"), [then; 3]);
    // An age that nobody is: shares that nobody will use, and that still sum to 1.
    let nobody = pack.text(RESIDENTS).replace(",20,300,", ",20,0,").replace(",20,100,", ",20,0,");
    let folder = pack.write(RESIDENTS, &nobody).accept();
    assert_shares(shares(&folder, 20, "mainstream"), [[0.5, 0.5]; 3]);
    assert_shares(shares(&folder, 21, "mainstream"), [then; 3]);
}

/// Rows of a table, sorted.
fn sorted(table: &str) -> Vec<&str> {
    let mut rows: Vec<&str> = table.lines().collect();
    rows.sort_unstable();
    rows
}

#[test]
fn the_order_of_areas_changes_nothing_but_the_order_of_rows() {
    let pack = Pack::with_places();
    let mut reversed = Pack::with_places();
    for file in [AREAS, RESIDENTS, PLANS, TRAVEL] {
        let text = pack.text(file);
        let (header, rows) = text.split_once('\n').expect("a header");
        let rows: String = rows.lines().rev().map(|row| format!("{row}\n")).collect();
        reversed = reversed.write(file, &format!("{header}\n{rows}"));
    }
    for table in ["forecast.csv", "differences.csv", "providers.csv"] {
        let (plain, reversed) = match table {
            "forecast.csv" => (pack.run_table(table), reversed.run_table(table)),
            _ => [&pack, &reversed].map(|pack| pack.text(&format!("runs/run/{table}"))).into(),
        };
        assert!(plain.contains("coast"), "areas in {table}");
        assert!(sorted(&plain) == sorted(&reversed), "{table}");
    }
}

#[test]
fn names_of_areas_have_no_say() {
    // In the alphabet the coast is before the hills, and the zeal is behind the abbey.
    let renamed = |text: &str| text.replace("hills", "abbey").replace("coast", "zeal");
    let pack = Pack::with_places();
    let mut other = Pack::with_places();
    for file in TABLES.into_iter().chain([RESIDENTS]) {
        let text = renamed(&pack.text(file));
        other = other.write(file, &text);
    }
    let (plain, other) = (pack.run_table("forecast.csv"), other.run_table("forecast.csv"));
    assert!(plain.contains(",hills,2025,plans,") && plain.contains(",coast,2025,plans,"));
    assert!(renamed(&plain) == other);
}
