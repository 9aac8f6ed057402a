//! What the checks of services, pupils on SEN support and levers on services reject, and how they say it:
//! each test adds these tables to a copy of the small synthetic area `tests/data/tiny`, makes one thing wrong,
//! and compares the whole list of printed problems.

mod pack;

use std::fs;
use std::path::Path;

use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::need::Need;
use needscast::domain::service::{
    Basis, Commissioner, EVEN, Estimate, MOST_DRIVERS, MOST_SERVICES, Month, Section, Serve, Tier,
};
use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::input::problem::Problems;
use needscast::scenario::service_lever::{DriverChange, ServiceLever};
use tempfile::TempDir;

use pack::{Pack, copy_files, reject_each};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

const SETTINGS: &str = "needscast.toml";
const SERVICES: &str = "services.csv";
const DRIVERS: &str = "drivers.csv";
const STAFF: &str = "staff.csv";
const POSTS: &str = "establishment.csv";
const SEASONS: &str = "seasons.csv";
const SEN_SUPPORT: &str = "sen_support.csv";
const SCENARIO: &str = "scenarios/services.toml";

/// Made-up tables that every check accepts, in the order in which they are read.
const TABLES: [(&str, &str); 7] = [
    (
        SEN_SUPPORT,
        "\
age,need,pupils,source,confidence
4,ASD,30,made up,high
5,ASD,20,made up,medium
5,SEMH,10,made up,high
18,SEMH,1,made up,high
",
    ),
    (
        SERVICES,
        "\
service,name,profession,commissioner,section,standard_weeks,list_at_start,arrival_season,capacity_season,bought_hours,price_per_hour,source,confidence
speech,Speech therapy,speech_therapist,joint,F,18,40,referrals,school_year,250.5,52,made up,medium
psychology,Educational psychology,psychologist,la,,6,,,,0,,made up,high
breaks,Short breaks,support_worker,icb,G,,,,,,,made up,high
",
    ),
    (
        DRIVERS,
        "\
service,driver,tier,of,needs,ages,settings,serve,priority,uptake_low,uptake,uptake_high,hours_low,hours,hours_high,group_size,source,confidence
speech,plans,specialist,plans,ASD SEMH,2-19,mainstream state_special,ongoing,1,0.5,0.65,0.8,12,16,24,,made up,high
speech,referrals,targeted,population,,0-4,,queue,2,0.03,0.04,0.055,2.5,4,7,,made up,high
psychology,advice,,requests,,,,queue,1,0.95,1,1,14,17.4,21,,made up,high
speech,statutory,specialist,assessments,,,,queue,2,0.35,0.5,0.7,4,6,9,,made up,high
speech,groups,targeted,sen_support,ASD,4-10,,ongoing,3,0.2,0.36,0.6,9,13.5,20,3,made up,medium
breaks,outings,universal,plans,,,,ongoing,9,0,2.5,50,0,90,5000,,made up,high
",
    ),
    (
        STAFF,
        "\
service,grade,vacancy,absence,direct_hours_low,direct_hours,direct_hours_high,turnover,months_to_recruit,source,confidence
speech,therapist,0.19,0.05,1100,1250,1350,0.2,13,made up,high
speech,assistant,0.08,0.03,1150,1300,1400,0.25,,made up,high
psychology,psychologist,0.1,0,1000,1200,1450,0,60,made up,medium
breaks,worker,0.12,0.06,900,1350.5,1550,1,0.5,made up,high
",
    ),
    (
        POSTS,
        "\
service,grade,from,fte,source
speech,therapist,2026-09,26,made up
speech,therapist,2025-01,24.5,made up
speech,assistant,2025-02,6,made up
psychology,psychologist,2020-01,14.7,made up
breaks,worker,2029-01,0,made up
breaks,worker,2025-03,3,made up
",
    ),
    (
        SEASONS,
        "\
season,month,weight
school_year,1,1.25
school_year,2,1
school_year,3,1.25
school_year,4,0.75
school_year,5,1
school_year,6,1.25
school_year,7,1
school_year,8,0.25
school_year,9,1.25
school_year,10,1
school_year,11,1.25
school_year,12,0.75
referrals,12,12
referrals,11,0
referrals,10,0
referrals,9,0
referrals,8,0
referrals,7,0
referrals,6,0
referrals,5,0
referrals,4,0
referrals,3,0
referrals,2,0
referrals,1,0
",
    ),
    (
        SCENARIO,
        r#"title = "Every lever on services"
[[change_staff]]
service = "speech"
grade = "therapist"
from = "2026-09"
add = 6.0
[[recruitment]]
service = "psychology"
from = "2026-01"
months_to_recruit = 4
[[buy_hours]]
service = "speech"
hours = 500.0
from = 2026
until = 2027
phase_in_years = 2
[[change_driver]]
service = "speech"
driver = "plans"
multiply_uptake = 1.2
from = 2026
phase_in_years = 3
[[change_driver]]
service = "speech"
driver = "referrals"
ages = "0-17"
from = 2027
until = 2028
[[change_driver]]
service = "breaks"
driver = "outings"
multiply_hours = 0.8
from = 2026
[[change_driver]]
service = "psychology"
driver = "advice"
growth_per_year = 0.05
from = 2025
[[change_driver]]
service = "speech"
driver = "groups"
group_size = 4.5
from = 2026
"#,
    ),
];

impl Pack {
    /// A copy of the tiny area with services and a scenario of all levers on them.
    fn with_services() -> Pack {
        let pack = Pack(TempDir::new().expect("a temporary folder"));
        copy_files(Path::new(TINY), pack.0.path());
        fs::create_dir(pack.0.path().join("scenarios")).expect("a folder made");
        TABLES.iter().fold(pack, |pack, (file, text)| pack.write(file, text))
    }

    /// Without the levers, which name what a change may take away.
    fn without_levers() -> Pack {
        Pack::with_services().delete(SCENARIO)
    }

    fn read_with(&self, overrides: Overrides) -> Result<AreaFolder, Problems> {
        read_area_folder(self.0.path(), overrides)
    }
}

// ---------------------------------------------------------------------------------------------
// What is accepted.

#[test]
fn services_and_all_that_belongs_to_them_are_accepted_without_a_note() {
    let folder = Pack::with_services().accept();
    assert_eq!(folder.notes, Vec::<String>::new());
    let services = &folder.world.services;
    assert_eq!(
        services.iter().map(|service| service.id.as_str()).collect::<Vec<_>>(),
        ["speech", "psychology", "breaks"]
    );
    let speech = &services[0];
    assert_eq!((speech.name.as_str(), speech.profession.as_str()), ("Speech therapy", "speech_therapist"));
    assert_eq!((speech.commissioner, speech.section), (Commissioner::Joint, Some(Section::Educational)));
    assert_eq!((speech.standard_weeks, speech.list_at_start), (Some(18.0), 40.0));
    assert_eq!((speech.arrivals[0], speech.arrivals[11], speech.capacity[7]), (0.0, 12.0, 0.25));
    assert_eq!((speech.bought_hours, speech.price_per_hour), (250.5, Some(52.0)));
    assert_eq!((speech.source.as_str(), speech.confidence), ("made up", Confidence::Medium));
    let breaks = &services[2];
    assert_eq!((breaks.section, breaks.standard_weeks, breaks.list_at_start), (Some(Section::Health), None, 0.0));
    assert_eq!((breaks.bought_hours, breaks.price_per_hour), (0.0, None));
    assert_eq!((breaks.arrivals, breaks.capacity), (EVEN, EVEN));
    assert_eq!(services[1].section, None);
    for (file, _) in TABLES {
        let read = folder.files.iter().filter(|read| Path::new(&read.shown).ends_with(file)).count();
        assert_eq!(read, 1, "{file} among the files of the run record");
    }
}

#[test]
fn drivers_keep_the_order_of_their_table_and_blank_cells_stand_for_all() {
    let folder = Pack::with_services().accept();
    let speech = &folder.world.services[0].drivers;
    let ids: Vec<&str> = speech.iter().map(|driver| driver.id.as_str()).collect();
    assert_eq!(ids, ["plans", "referrals", "statutory", "groups"]);
    let plans = &speech[0];
    assert_eq!((plans.tier, plans.of, plans.serve), (Some(Tier::Specialist), Basis::Plans, Serve::Ongoing));
    assert_eq!((plans.needs.clone(), plans.priority), (vec![Need::Asd, Need::Semh], 1));
    let codes: Vec<&str> = plans.settings.iter().map(|s| folder.world.settings.of(*s).code.as_str()).collect();
    assert_eq!(codes, ["mainstream", "state_special"]);
    assert_eq!(Some(plans.uptake), Estimate::new(0.5, 0.65, 0.8));
    assert_eq!(Some(plans.hours), Estimate::new(12.0, 16.0, 24.0));
    assert_eq!((plans.group_size, speech[3].group_size), (1.0, 3.0));
    assert_eq!((Some(speech[1].ages), speech[2].ages), (AgeSpan::parse("0-4"), AgeSpan::ALL));
    let advice = &folder.world.services[1].drivers[0];
    assert_eq!((advice.tier, advice.needs.len(), advice.settings.len()), (None, 0, 0));
}

#[test]
fn posts_stand_in_the_order_of_time() {
    let folder = Pack::with_services().accept();
    let [therapist, assistant] = &folder.world.services[0].grades[..] else { panic!("two grades") };
    assert_eq!(
        therapist.establishment,
        [(Month { year: 2025, month: 0 }, 24.5), (Month { year: 2026, month: 8 }, 26.0)]
    );
    assert_eq!((therapist.vacancy, therapist.absence, therapist.turnover), (0.19, 0.05, 0.2));
    assert_eq!(Some(therapist.direct_hours), Estimate::new(1100.0, 1250.0, 1350.0));
    assert_eq!((therapist.months_to_recruit, assistant.months_to_recruit), (Some(13.0), None));
    assert_eq!(assistant.establishment, [(Month { year: 2025, month: 1 }, 6.0)]);
}

#[test]
fn pupils_on_sen_support_are_those_of_the_table_and_the_rest_are_none() {
    let folder = Pack::with_services().accept();
    let known = folder.world.sen_support.expect("the folder has the table");
    assert_eq!(known.pupils.dim(), (26, 2));
    let of = |need| folder.world.needs.index(need).expect("plans have it");
    assert_eq!([4, 5, 6].map(|age| known.pupils[[age, of(Need::Asd)]]), [30, 20, 0]);
    assert_eq!((known.pupils[[18, of(Need::Semh)]], known.pupils.sum()), (1, 61));
    assert_eq!(known.confidence, Confidence::Medium);
}

#[test]
fn levers_on_services_are_read_as_they_stand() {
    let folder = Pack::with_services().accept();
    let levers = &folder.scenarios[0].services;
    assert!(
        matches!(
            &levers[..],
            [
                ServiceLever::Staff { added: 6.0, from: Month { year: 2026, month: 8 }, .. },
                ServiceLever::Recruitment { months: 4.0, .. },
                ServiceLever::Bought { hours: 500.0, .. },
                ServiceLever::Driver { change: DriverChange::Uptake { .. }, .. },
                ServiceLever::Driver { change: DriverChange::Ages { .. }, .. },
                ServiceLever::Driver { change: DriverChange::Hours { .. }, .. },
                ServiceLever::Driver { change: DriverChange::Growth { per_year: 0.05 }, .. },
                ServiceLever::Driver { change: DriverChange::GroupSize { children: 4.5 }, .. },
            ]
        ),
        "{levers:?}"
    );
    // The only grade of a service need not be named.
    let ServiceLever::Recruitment { service, grade, .. } = &levers[1] else { panic!("recruitment") };
    assert_eq!((service.as_str(), grade.as_str()), ("psychology", "psychologist"));
    let named = "[[recruitment]]\nservice = \"psychology\"\ngrade = \"psychologist\"";
    Pack::with_services().replace(SCENARIO, "[[recruitment]]\nservice = \"psychology\"", named).accept();
    for (from, to) in [("add = 6.0", "add = -10000"), ("= 0.05", "= -0.5"), ("500.0", "0"), ("1.2", "5.0")] {
        Pack::with_services().replace(SCENARIO, from, to).accept();
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let windows = TABLES.iter().fold(Pack::with_services(), |pack, (file, text)| {
        pack.write(file, &format!("\u{feff}{}", text.replace('\n', "\r\n")))
    });
    let (windows, plain) = (windows.accept(), Pack::with_services().accept());
    assert_eq!(windows.world, plain.world);
    assert_eq!(windows.scenarios, plain.scenarios);
}

#[test]
fn a_folder_may_have_no_services_no_pupils_on_sen_support_and_no_seasons() {
    let services = [SERVICES, DRIVERS, STAFF, POSTS, SEASONS];
    let folder = services.into_iter().fold(Pack::without_levers(), Pack::delete).accept();
    assert!(folder.world.services.is_empty() && folder.world.sen_support.is_some());
    let pack = Pack::without_levers().replace(DRIVERS, "sen_support", "plans").delete(SEN_SUPPORT);
    assert_eq!(pack.accept().world.sen_support, None);
    let pack = Pack::without_levers().replace(SERVICES, "referrals,school_year", ",").delete(SEASONS);
    assert_eq!(pack.accept().world.services[0].arrivals, EVEN);
}

#[test]
fn a_number_that_nobody_can_trace_is_of_low_confidence_and_noted() {
    let pack = Pack::with_services()
        .replace(DRIVERS, "3,made up,medium", "3,,medium")
        .replace(DRIVERS, "21,,made up,high", "21,,\"No published source: a guess\",high")
        .replace(STAFF, "60,made up,medium", "60,no published source,medium")
        .replace(SERVICES, "52,made up,medium", "52,made up,low");
    let folder = pack.accept();
    assert_eq!(folder.world.services[0].drivers[3].source, "no source: local value");
    assert_eq!(folder.world.services[1].drivers[0].source, "No published source: a guess");
    let note = "services: 2 of 6 drivers, 1 of 4 grades of staff and 1 of 3 services have low confidence: \
                they need local values";
    assert_eq!(folder.notes, [note]);
    let folder = Pack::with_services().replace(SEN_SUPPORT, "20,made up", "20,no published source").accept();
    assert_eq!(folder.world.sen_support.expect("the folder has it").confidence, Confidence::Low);
}

#[test]
fn work_for_a_need_that_nobody_has_is_noted() {
    let folder = Pack::with_services().replace(DRIVERS, "ASD SEMH", "ASD HI VI").accept();
    assert_eq!(folder.notes, ["service speech, driver plans: nobody in the area has the need HI, VI"]);
}

#[test]
fn levers_that_change_nothing_in_the_years_forecast_are_noted() {
    let late = "[[change_staff]]\nservice = \"psychology\"\nfrom = \"2090-01\"\nadd = 2\n\
                [[recruitment]]\nservice = \"psychology\"\nfrom = \"2025-01\"\nmonths_to_recruit = 60\n\
                [[buy_hours]]\nservice = \"breaks\"\nhours = 0\nfrom = 2026\n\
                [[change_driver]]\nservice = \"speech\"\ndriver = \"statutory\"\nmultiply_hours = 1.0\nfrom = 2026\n";
    let scenario = format!("title = \"In vain\"\n{late}");
    let folder = Pack::with_services().write("scenarios/vain.toml", &scenario).accept();
    let note = |what: &str| format!("scenario vain: {what} changes nothing in 2025 to 2028");
    let expected = [
        note("change_staff of 'psychology'"),
        note("recruitment of 'psychology'"),
        note("buy_hours of 'breaks'"),
        note("change_driver of 'speech'"),
    ];
    assert_eq!(folder.notes, expected);
}

// ---------------------------------------------------------------------------------------------
// Files and columns.

#[test]
fn of_the_files_of_services_none_may_be_missing() {
    let missing =
        |file: &str| format!("{file}: is missing (an area folder needs it; see the README's data dictionary)");
    for file in [SERVICES, DRIVERS, STAFF, POSTS] {
        Pack::with_services().delete(file).reject(&[&missing(file)]);
    }
    let pack = [SERVICES, DRIVERS, STAFF, POSTS].into_iter().fold(Pack::with_services(), Pack::delete);
    pack.reject(&[SERVICES, DRIVERS, STAFF, POSTS].map(missing).each_ref().map(String::as_str));
    Pack::with_services().delete(SEASONS).reject(&["services.csv:2: arrival_season 'referrals' is a season, \
         and the folder has no seasons.csv (a table with the weights of its months)"]);
    Pack::with_services().delete(SEN_SUPPORT).reject(&["drivers.csv:6: of 'sen_support' needs sen_support.csv, \
         which the folder does not have (a table of pupils on SEN support by age and need)"]);
    let identified = Pack::with_services().replace(DRIVERS, "sen_support", "identified").delete(SEN_SUPPORT);
    identified.reject(&["drivers.csv:6: of 'identified' needs sen_support.csv, \
         which the folder does not have (a table of pupils on SEN support by age and need)"]);
}

#[test]
fn an_empty_table_is_told_its_columns_and_one_without_rows_is_no_table() {
    for (file, text) in TABLES.iter().filter(|(file, _)| *file != SCENARIO) {
        let header = text.lines().next().expect("a header");
        let pack = Pack::with_services().write(file, "");
        pack.reject(&[&format!("{file}: is empty (columns: {header})")]);
        let pack = pack.write(file, &format!("{header}\n"));
        pack.reject(&[&format!("{file}: has a header and no rows")]);
    }
}

#[test]
fn tables_are_checked_though_the_settings_cannot_be_read() {
    let pack = Pack::with_services().replace(SETTINGS, "base_year", "bas_year");
    let unknown = "needscast.toml:9: unknown field `bas_year`, \
                   expected one of `base_year`, `years`, `replicates`, `seed`";
    pack.reject(&[unknown]);
    // Posts after the forecast are not known to be, nor what needs plans have.
    let pack = pack.replace(POSTS, "2026-09", "2080-09").replace(SEN_SUPPORT, "18,SEMH", "18,NSA");
    pack.reject(&[unknown]);
    let pack = pack
        .replace(SEN_SUPPORT, "4,ASD", "19,ASD")
        .replace(SEASONS, "school_year,8,0.25", "school_year,8,0.5")
        .replace(STAFF, "0.19", "1.19");
    pack.reject(&[
        unknown,
        "sen_support.csv:2: age '19' is not an age (single years 0 to 18)",
        "seasons.csv: the weights of school_year add up to 12.25, not 12",
        "staff.csv:2: vacancy '1.19' is out of bounds (a share, 0 or more and below 1)",
    ]);
    let pack =
        Pack::with_services().replace(SETTINGS, "base_year", "bas_year").replace(SCENARIO, "\"plans\"", "\"plan\"");
    pack.reject(&[
        unknown,
        "scenarios/services.toml:19: driver 'plan' is not a known driver of speech (did you mean 'plans'?)",
    ]);
}

// ---------------------------------------------------------------------------------------------
// Pupils on SEN support.

#[test]
fn pupils_on_sen_support_are_whole_numbers_by_age_and_need() {
    reject_each(
        Pack::with_services,
        SEN_SUPPORT,
        r#"
        4,ASD -> 19,ASD => :2: age '19' is not an age (single years 0 to 18)
        4,ASD -> 4-5,ASD => :2: age '4-5' is not an age (single years 0 to 18)
        5,SEMH -> 5,SEHM => :4: need 'SEHM' is not a known need (did you mean 'SEMH'?)
        18,SEMH -> 18,NSA => :5: need 'NSA' is a need that no plan of the area has (count them with one of SEMH, ASD)
        18,SEMH -> 5,SEMH => :5: age '5' is given twice for SEMH
        30 -> 30.5 => :2: pupils '30.5' is not a whole number (counts are whole numbers of 0 or more)
        30 -> -3 => :2: pupils '-3' is negative (counts are whole numbers of 0 or more)
        30 -> => :2: pupils '' is blank (counts are whole numbers of 0 or more)
        20,made up,medium -> 20,made up,medum => :3: confidence 'medum' is not a known confidence (did you mean 'medium'?)
        "#,
    );
    let nobody = "age,need,pupils,source,confidence\n4,ASD,0,made up,high\n";
    let pack = Pack::with_services().write(SEN_SUPPORT, nobody);
    pack.reject(&["sen_support.csv: has no pupil (leave the file out where nobody was counted)"]);
    // One that no plan has is one problem, however many rows name it.
    let pack = Pack::with_services().add(SEN_SUPPORT, "6,NSA,1,made up,high\n7,NSA,1,made up,high\n");
    pack.reject(&[
        "sen_support.csv:6: need 'NSA' is a need that no plan of the area has (count them with one of SEMH, ASD)",
    ]);
}

// ---------------------------------------------------------------------------------------------
// Services.

#[test]
fn a_service_has_a_code_of_its_own() {
    reject_each(
        Pack::with_services,
        SERVICES,
        r#"
        breaks,Short -> Breaks,Short => :4: service 'Breaks' is not a service's code (lower-case letters, digits, - and _)
        breaks,Short -> ,Short => :4: service '' is not a service's code (lower-case letters, digits, - and _)
        breaks,Short -> all,Short => :4: service 'all' is not a service's code (lower-case letters, digits, - and _)
        breaks,Short -> speech,Short => :4: service 'speech' is listed twice
        "#,
    );
}

#[test]
fn a_service_says_who_commissions_it_and_what_it_promises() {
    reject_each(
        Pack::with_services,
        SERVICES,
        r#"
        ,la, -> ,lea, => :3: commissioner 'lea' is not a known commissioner (did you mean 'la'?)
        ,la, -> ,, => :3: commissioner '' is not a known commissioner (known: la, icb, joint, school)
        joint,F -> joint,H => :2: section 'H' is not a known section (did you mean 'F'?)
        F,18, -> F,0, => :2: standard_weeks '0' is out of bounds (weeks, above 0 and up to 260)
        F,18, -> F,260.5, => :2: standard_weeks '260.5' is out of bounds (weeks, above 0 and up to 260)
        F,18, -> F,NaN, => :2: standard_weeks 'NaN' is not a finite number
        18,40 -> 18,-1 => :2: list_at_start '-1' is negative (counts are whole numbers of 0 or more)
        referrals,school -> referals,school => :2: arrival_season 'referals' is not a known season (did you mean 'referrals'?)
        school_year -> school-year => :2: capacity_season 'school-year' is not a known season (did you mean 'school_year'?)
        250.5 -> -1 => :2: bought_hours '-1' is out of bounds (hours of a year, 0 to 10000000)
        250.5 -> inf => :2: bought_hours 'inf' is not a finite number
        52,made -> -52,made => :2: price_per_hour '-52' is out of bounds (pounds, 0 to 10000)
        52,made up,medium -> 52,made up,middle => :2: confidence 'middle' is not a known confidence (known: high, medium, low)
        G,,, -> G,6,, => :4: standard_weeks '6' is given, and no driver of breaks queues (leave it blank, or let a driver queue)
        G,,, -> G,,12, => :4: list_at_start '12' is given, and no driver of breaks queues (leave it blank, or let a driver queue)
        "#,
    );
    Pack::with_services().replace(SERVICES, "G,,,", "G,,0,").accept();
    Pack::with_services().replace(SERVICES, "F,18,", "F,260,").accept();
}

#[test]
fn there_are_no_more_services_and_drivers_than_a_run_can_hold() {
    let rows = |table: fn(usize) -> String| (3..=MOST_SERVICES).map(table).collect::<String>();
    let pack = Pack::without_levers()
        .add(SERVICES, &rows(|index| format!("s{index},,,la,,,,,,,,made up,high\n")))
        .add(DRIVERS, &rows(|index| format!("s{index},plans,,plans,,,,ongoing,1,0,0,1,0,0,1,,made up,high\n")))
        .add(STAFF, &rows(|index| format!("s{index},staff,0,0,1,1,1,0,,made up,high\n")))
        .add(POSTS, &rows(|index| format!("s{index},staff,2025-01,1,made up\n")));
    pack.reject(&["services.csv: lists more than 200 services (put small ones together)"]);
    let more = |count: usize| {
        let row = |index| format!("breaks,d{index},,plans,,,,ongoing,1,0,0,1,0,0,1,,made up,high\n");
        Pack::without_levers().add(DRIVERS, &(6..count).map(row).collect::<String>())
    };
    more(MOST_DRIVERS).accept();
    more(MOST_DRIVERS + 1).reject(&["drivers.csv: lists more than 1000 drivers (put small ones together)"]);
}

// ---------------------------------------------------------------------------------------------
// Seasons.

#[test]
fn the_weights_of_a_season_are_of_twelve_months_and_add_up() {
    reject_each(
        Pack::with_services,
        SEASONS,
        r#"
        school_year,8,0.25 -> School,8,0.25 => :9: season 'School' is not a season's code (lower-case letters, digits, - and _)
        school_year,8, -> school_year,13, => :9: month '13' is not a month (1 to 12)
        school_year,8, -> school_year,0, => :9: month '0' is not a month (1 to 12)
        school_year,8, -> school_year,August, => :9: month 'August' is not a month (1 to 12)
        school_year,8, -> school_year,7, => :9: month '7' is given twice for school_year
        8,0.25 -> 8,-0.25 => :9: weight '-0.25' is out of bounds (0 to 12: the weights of a year add up to 12)
        8,0.25 -> 8,NaN => :9: weight 'NaN' is not a finite number
        8,0.25 -> 8, => :9: weight '' is blank
        8,0.25 -> 8,0.250001 => : the weights of school_year add up to 12.000001, not 12
        school_year,8,0.25\n -> => : school_year has no weight of month 8
        school_year,8,0.25\nschool_year,9,1.25\n -> => : school_year has no weight of month 8, 9
        "#,
    );
    Pack::with_services().replace(SEASONS, "8,0.25", "8,0.2500000001").accept();
}

// ---------------------------------------------------------------------------------------------
// Drivers.

#[test]
fn a_driver_has_a_service_and_a_code_of_its_own() {
    reject_each(
        Pack::with_services,
        DRIVERS,
        r#"
        speech,groups -> speach,groups => :6: service 'speach' is not a known service (did you mean 'speech'?)
        speech,groups -> speech,Groups => :6: driver 'Groups' is not a driver's code (lower-case letters, digits, - and _)
        speech,groups -> speech, => :6: driver '' is not a driver's code (lower-case letters, digits, - and _)
        speech,groups -> speech,plans => :6: driver 'plans' is listed twice for speech
        breaks,outings -> speech,outings => : has no driver of the service 'breaks' (a row with the children or events its work is counted by)
        breaks,outings -> brakes,outings => :7: service 'brakes' is not a known service (did you mean 'breaks'?)
        "#,
    );
    // Another service may use the same code.
    Pack::without_levers().replace(DRIVERS, "breaks,outings", "breaks,plans").accept();
}

#[test]
fn a_driver_says_whose_work_it_is_and_how_it_is_served() {
    reject_each(
        Pack::with_services,
        DRIVERS,
        r#"
        universal -> univeral => :7: tier 'univeral' is not a known tier (did you mean 'universal'?)
        ,requests, -> ,request, => :4: of 'request' is not a known basis (did you mean 'requests'?)
        ,requests, -> ,, => :4: of '' is not a known basis (known: plans, sen_support, population, requests, assessments, refusals, new_plans, reviews, appeals, identified, served)
        ASD SEMH -> ASD SEHM => :2: needs 'ASD SEHM' names 'SEHM', which is not a known need (did you mean 'SEMH'?)
        ASD SEMH -> ASD SEMH ASD => :2: needs 'ASD SEMH ASD' names 'ASD' twice
        mainstream state_special -> mainsteam => :2: settings 'mainsteam' names 'mainsteam', which is not a known setting (did you mean 'mainstream'?)
        mainstream state_special -> mainstream mainstream => :2: settings 'mainstream mainstream' names 'mainstream' twice
        2-19 -> 19-2 => :2: ages '19-2' is not an age or a band (such as 4-18; blank: all)
        2-19 -> all => :2: ages 'all' is not an age or a band (such as 4-18; blank: all)
        ongoing,9 -> ongong,9 => :7: serve 'ongong' is not a known kind of work (did you mean 'ongoing'?)
        ongoing,9 -> ongoing,0 => :7: priority '0' is not a priority (1, which is served first, to 9)
        ongoing,9 -> ongoing,10 => :7: priority '10' is not a priority (1, which is served first, to 9)
        ongoing,9 -> ongoing, => :7: priority '' is not a priority (1, which is served first, to 9)
        20,3, -> 20,0.5, => :6: group_size '0.5' is out of bounds (1 or more children)
        20,3, -> 20,inf, => :6: group_size 'inf' is not a finite number
        3,made up,medium -> 3,made up,medum => :6: confidence 'medum' is not a known confidence (did you mean 'medium'?)
        "#,
    );
}

#[test]
fn work_is_narrowed_only_by_what_its_basis_is_told_apart_by() {
    reject_each(
        Pack::with_services,
        DRIVERS,
        r#"
        population,,0-4,, -> population,SEMH,0-4,, => :3: needs 'SEMH' is given, and population are not told apart by needs (leave it blank)
        population,,0-4,, -> population,,0-4,mainstream, => :3: settings 'mainstream' is given, and population are not told apart by settings (leave it blank)
        requests,,,, -> requests,SEMH,,, => :4: needs 'SEMH' is given, and requests are not told apart by needs (leave it blank)
        requests,,,, -> requests,,5,, => :4: ages '5' is given, and requests are not told apart by ages (leave it blank)
        assessments,,,, -> refusals,,5,, => :5: ages '5' is given, and refusals are not told apart by ages (leave it blank)
        ASD,4-10,, -> ASD,4-10,mainstream, => :6: settings 'mainstream' is given, and sen_support are not told apart by settings (leave it blank)
        "#,
    );
    Pack::with_services()
        .replace(DRIVERS, "outings,universal,plans,,,,", "outings,,new_plans,ASD,5,mainstream,")
        .accept();
}

#[test]
fn uptake_and_hours_have_a_low_a_central_and_a_high_value_in_order() {
    reject_each(
        Pack::with_services,
        DRIVERS,
        r#"
        0.5,0.65,0.8 -> 0.7,0.65,0.8 => :2: uptake '0.65' is not between uptake_low, 0.7, and uptake_high, 0.8
        0.5,0.65,0.8 -> 0.5,0.9,0.8 => :2: uptake '0.9' is not between uptake_low, 0.5, and uptake_high, 0.8
        0.5,0.65,0.8 -> -0.5,0.65,0.8 => :2: uptake_low '-0.5' is negative
        0.5,0.65,0.8 -> 0.5,0.65,inf => :2: uptake_high 'inf' is not a finite number
        0.5,0.65,0.8 -> ,0.65,0.8 => :2: uptake_low '' is blank
        0.5,0.65,0.8 -> 0.5,0.65,65 => :2: uptake_high '65' is too large (at most 50)
        12,16,24 -> 12,11,24 => :2: hours '11' is not between hours_low, 12, and hours_high, 24
        12,16,24 -> 12,NaN,24 => :2: hours 'NaN' is not a finite number
        12,16,24 -> 12,16,-24 => :2: hours_high '-24' is negative
        12,16,24 -> 12,16,5000.5 => :2: hours_high '5000.5' is too large (at most 5000)
        "#,
    );
}

#[test]
fn all_cases_of_a_service_have_the_same_priority() {
    reject_each(
        Pack::with_services,
        DRIVERS,
        "queue,2,0.35 -> queue,3,0.35 => :5: priority '3' is not that of referrals, 2 (all cases of speech wait in one list)",
    );
    let both = Pack::with_services().replace(DRIVERS, "queue,2,0.35", "queue,4,0.35");
    both.replace(DRIVERS, "queue,2,0.03,", "queue,4,0.03,").accept();
}

// ---------------------------------------------------------------------------------------------
// Staff and posts.

#[test]
fn staff_have_a_service_and_a_grade_of_their_own() {
    reject_each(
        Pack::with_services,
        STAFF,
        r#"
        speech,assistant -> speach,assistant => :3: service 'speach' is not a known service (did you mean 'speech'?)
        speech,assistant -> speech,Assistant => :3: grade 'Assistant' is not a grade's code (lower-case letters, digits, - and _)
        speech,assistant -> speech,therapist => :3: grade 'therapist' is listed twice for speech
        "#,
    );
    let pack = Pack::with_services().replace(STAFF, "breaks,worker", "speech,worker");
    pack.replace(POSTS, "breaks,worker,2029-01,0", "speech,worker,2029-01,0")
        .replace(POSTS, "breaks,worker", "speech,worker")
        .reject(&["staff.csv: has no grade of the service 'breaks' (a row for staff who are alike)"]);
}

#[test]
fn shares_of_staff_are_shares_and_hours_are_in_order() {
    reject_each(
        Pack::with_services,
        STAFF,
        r#"
        1100,1250 -> 0,1250 => :2: direct_hours_low '0' is out of bounds (at least 10 a year: without any, no number of staff would do)
        0.19,0.05 -> 1,0.05 => :2: vacancy '1' is out of bounds (a share, 0 or more and below 1)
        0.19,0.05 -> -0.1,0.05 => :2: vacancy '-0.1' is out of bounds (a share, 0 or more and below 1)
        0.19,0.05 -> 0.19,1 => :2: absence '1' is out of bounds (a share, 0 or more and below 1)
        0.19,0.05 -> 0.19,NaN => :2: absence 'NaN' is not a finite number
        0.2,13 -> 1.1,13 => :2: turnover '1.1' is out of bounds (a share, 0 to 1)
        0.2,13 -> -0.1,13 => :2: turnover '-0.1' is out of bounds (a share, 0 to 1)
        0.2,13 -> ,13 => :2: turnover '' is blank
        0.2,13 -> 0.2,0 => :2: months_to_recruit '0' is out of bounds (months, above 0 and up to 60)
        0.2,13 -> 0.2,61 => :2: months_to_recruit '61' is out of bounds (months, above 0 and up to 60)
        0.2,13 -> 0.2,soon => :2: months_to_recruit 'soon' is not a finite number
        1100,1250,1350 -> 1300,1250,1350 => :2: direct_hours '1250' is not between direct_hours_low, 1300, and direct_hours_high, 1350
        1100,1250,1350 -> -1,1250,1350 => :2: direct_hours_low '-1' is negative
        1100,1250,1350 -> 1100,1250,5001 => :2: direct_hours_high '5001' is too large (at most 5000)
        1100,1250,1350 -> 1100,,1350 => :2: direct_hours '' is blank
        60,made up,medium -> 60,made up,medum => :4: confidence 'medum' is not a known confidence (did you mean 'medium'?)
        "#,
    );
}

#[test]
fn every_grade_has_posts_from_a_month_on() {
    reject_each(
        Pack::with_services,
        POSTS,
        r#"
        speech,assistant -> speach,assistant => :4: service 'speach' is not a known service (did you mean 'speech'?)
        speech,assistant -> speech,asistant => :4: grade 'asistant' is not a known grade of speech (did you mean 'assistant'?)
        speech,assistant -> breaks,assistant => :4: grade 'assistant' is not a known grade of breaks (known: worker)
        2026-09 -> 2026 => :2: from '2026' is not a month (such as 2026-09)
        2026-09 -> 2026-13 => :2: from '2026-13' is not a month (such as 2026-09)
        2026-09 -> => :2: from '' is not a month (such as 2026-09)
        2026-09 -> 2025-01 => :3: from '2025-01' is given twice for therapist of speech
        2029-01 -> 2029-02 => :6: from '2029-02' is after the forecast, which ends in January 2029 (leave the row out)
        2026-09,26 -> 2026-09,-26 => :2: fte '-26' is out of bounds (full-time equivalents, 0 to 100000)
        2026-09,26 -> 2026-09,100001 => :2: fte '100001' is out of bounds (full-time equivalents, 0 to 100000)
        2026-09,26 -> 2026-09,inf => :2: fte 'inf' is not a finite number
        2026-09,26 -> 2026-09, => :2: fte '' is blank
        speech,assistant,2025-02,6,made up\n -> => : has no posts of the grade 'assistant' of speech (a row with the month from which they are planned and their FTE)
        "#,
    );
    // A shorter forecast does not make what is planned a mistake, a longer one has room for more.
    let overrides = |years| Overrides { base_year: None, years: Some(years) };
    assert!(Pack::with_services().read_with(overrides(2)).is_ok());
    let shorter = Pack::with_services().replace(SETTINGS, "years = 4", "years = 3");
    assert!(shorter.read_with(overrides(3)).is_err() && shorter.read_with(overrides(4)).is_ok());
}

#[test]
fn every_problem_is_reported_at_once() {
    Pack::with_services()
        .replace(SERVICES, ",la,", ",lea,")
        .replace(DRIVERS, "ongoing,9", "ongoing,0")
        .replace(DRIVERS, "universal", "univeral")
        .replace(STAFF, "0.19,0.05", "1,0.05")
        .replace(POSTS, "2026-09,26", "2026-9,-26")
        .replace(SEN_SUPPORT, "5,SEMH", "5,SEHM")
        .reject(&[
            "sen_support.csv:4: need 'SEHM' is not a known need (did you mean 'SEMH'?)",
            "services.csv:3: commissioner 'lea' is not a known commissioner (did you mean 'la'?)",
            "drivers.csv:7: tier 'univeral' is not a known tier (did you mean 'universal'?)",
            "drivers.csv:7: priority '0' is not a priority (1, which is served first, to 9)",
            "staff.csv:2: vacancy '1' is out of bounds (a share, 0 or more and below 1)",
            "establishment.csv:2: from '2026-9' is not a month (such as 2026-09)",
            "establishment.csv:2: fte '-26' is out of bounds (full-time equivalents, 0 to 100000)",
        ]);
}

// ---------------------------------------------------------------------------------------------
// Levers.

#[test]
fn levers_act_on_known_services_grades_and_drivers() {
    reject_each(
        Pack::with_services,
        SCENARIO,
        r#"
        "speech"\ngrade -> "speach"\ngrade => :3: service 'speach' is not a known service (did you mean 'speech'?)
        "psychology"\nfrom -> "zoology"\nfrom => :8: service 'zoology' is not a known service (known: speech, psychology, breaks)
        "speech"\nhours -> "speehc"\nhours => :12: service 'speehc' is not a known service (did you mean 'speech'?)
        "breaks" -> "breks" => :30: service 'breks' is not a known service (did you mean 'breaks'?)
        "therapist" -> "terapist" => :4: grade 'terapist' is not a known grade of speech (did you mean 'therapist'?)
        grade = "therapist"\n -> => :3: service 'speech' has 2 grades (grade must be one of therapist, assistant)
        "plans" -> "plan" => :19: driver 'plan' is not a known driver of speech (did you mean 'plans'?)
        "outings" -> "plans" => :31: driver 'plans' is not a known driver of breaks (known: outings)
        "#,
    );
    let services = [SERVICES, DRIVERS, STAFF, POSTS, SEASONS];
    let pack = services.into_iter().fold(Pack::with_services(), Pack::delete);
    let lever = "title = \"Staff\"\n[[change_staff]]\nservice = \"speech\"\nfrom = \"2026-09\"\nadd = 6\n";
    let pack = pack.write(SCENARIO, lever);
    pack.reject(&["scenarios/services.toml:3: service 'speech' is not known: the folder has no services.csv"]);
}

#[test]
fn levers_on_staff_and_bought_hours_are_within_bounds() {
    reject_each(
        Pack::with_services,
        SCENARIO,
        r#"
        add = 6.0 -> add = 0 => :6: add '0' is out of bounds (posts more or, below 0, fewer; up to 10000)
        add = 6.0 -> add = 10000.5 => :6: add '10000.5' is out of bounds (posts more or, below 0, fewer; up to 10000)
        add = 6.0 -> add = -10001 => :6: add '-10001' is out of bounds (posts more or, below 0, fewer; up to 10000)
        add = 6.0 -> add = nan => :6: add 'NaN' is out of bounds (posts more or, below 0, fewer; up to 10000)
        "2026-09" -> "2026-9" => :5: from '2026-9' is not a month ("2026-09")
        "2026-01" -> "soon" => :9: from 'soon' is not a month ("2026-09")
        recruit = 4 -> recruit = 0 => :10: months_to_recruit '0' is out of bounds (months, above 0 and up to 60)
        recruit = 4 -> recruit = 60.5 => :10: months_to_recruit '60.5' is out of bounds (months, above 0 and up to 60)
        500.0 -> -0.5 => :13: hours '-0.5' is out of bounds (hours of a year, 0 to 10000000)
        500.0 -> inf => :13: hours 'inf' is out of bounds (hours of a year, 0 to 10000000)
        from = 2026\nuntil -> from = 1999\nuntil => :14: from '1999' is not a year (2000 to 2100)
        until = 2027 -> until = 2025 => :15: until '2025' is before from
        phase_in_years = 2 -> phase_in_years = 26 => :16: phase_in_years '26' is out of bounds (1 (at once) to 25)
        "#,
    );
}

#[test]
fn a_lever_on_a_driver_makes_one_change_within_bounds() {
    let one = "one of multiply_uptake, multiply_hours, growth_per_year, group_size, ages";
    reject_each(
        Pack::with_services,
        SCENARIO,
        &format!(
            r#"
        multiply_uptake = 1.2\n -> => :19: driver 'plans' has 0 changes where one is wanted ({one})
        multiply_uptake = 1.2 -> multiply_uptake = 1.2\nages = "5" => :19: driver 'plans' has 2 changes where one is wanted ({one})
        multiply_uptake = 1.2 -> multiply_uptake = 1.2\nmultiply_hours = 1.2 => :19: driver 'plans' has 2 changes where one is wanted ({one})
        "#
        ),
    );
    reject_each(
        Pack::with_services,
        SCENARIO,
        r#"
        1.2 -> 5.1 => :20: multiply_uptake '5.1' is out of bounds (0 to 5)
        1.2 -> -1 => :20: multiply_uptake '-1' is out of bounds (0 to 5)
        0.8 -> nan => :32: multiply_hours 'NaN' is out of bounds (0 to 5)
        0.05 -> 0.51 => :37: growth_per_year '0.51' is out of bounds (a share, -0.5 to 0.5)
        0.05 -> -0.6 => :37: growth_per_year '-0.6' is out of bounds (a share, -0.5 to 0.5)
        4.5 -> 0.5 => :42: group_size '0.5' is out of bounds (1 or more children)
        4.5 -> inf => :42: group_size 'inf' is out of bounds (1 or more children)
        "0-17" -> "17-0" => :26: ages '17-0' is not an age or a band ("7" or "0-17")
        growth_per_year = 0.05 -> ages = "5" => :37: ages '5' is given, and requests are not told apart by ages
        until = 2028 -> phase_in_years = 2 => :28: phase_in_years '2' is given for another change (only for multiply_uptake and multiply_hours)
        until = 2028 -> until = 2026 => :28: until '2026' is before from
        phase_in_years = 3 -> phase_in_years = 0 => :22: phase_in_years '0' is out of bounds (1 (at once) to 25)
        "#,
    );
}

#[test]
fn a_lever_has_the_keys_of_its_kind_and_no_others() {
    reject_each(
        Pack::with_services,
        SCENARIO,
        r#"
        add = 6.0 -> plus = 6.0 => :6: unknown field `plus`, expected one of `service`, `grade`, `from`, `add`
        months_to_recruit -> months => :10: unknown field `months`, expected one of `service`, `grade`, `from`, `months_to_recruit`
        hours = 500.0 -> hour = 500.0 => :13: unknown field `hour`, expected one of `service`, `hours`, `from`, `until`, `phase_in_years`
        multiply_uptake -> multiply => :20: unknown field `multiply`, expected one of `service`, `driver`, `multiply_uptake`, `multiply_hours`, `growth_per_year`, `group_size`, `ages`, `from`, `until`, `phase_in_years`
        add = 6.0\n -> => :2: missing field `add`
        from = "2026-09"\n -> => :2: missing field `from`
        hours = 500.0\n -> => :11: missing field `hours`
        from = "2026-09" -> from = 2026 => :5: invalid type: integer `2026`, expected a string
        "#,
    );
}

#[test]
fn early_support_says_how_many_it_reaches_and_how_well_it_may_work() {
    let offer = "\n[[early_support]]\nreach = 0.5\neffect_low = 0.1\neffect = 0.2\neffect_high = 0.4\nlag_years = 1\n\
                 ages = \"4-10\"\nneeds = [\"SEMH\"]\nfrom = 2026\n";
    let line = Pack::with_services().text(SCENARIO).lines().count();
    Pack::with_services().add(SCENARIO, offer).accept();
    for (from, to, place, problem) in [
        ("reach = 0.5", "reach = 1.5", 3, "reach '1.5' is out of bounds (share of pupils on SEN support, 0 to 1)"),
        (
            "effect = 0.2",
            "effect = 0.5",
            5,
            "effect '0.5' is not between effect_low and effect_high (effect_low, effect and effect_high rise from 0 to at most 1)",
        ),
        (
            "effect_high = 0.4",
            "effect_high = 1.4",
            5,
            "effect '0.2' is not between effect_low and effect_high (effect_low, effect and effect_high rise from 0 to at most 1)",
        ),
        ("lag_years = 1", "lag_years = 11", 3, "lag_years '11' is out of bounds (0 to 10)"),
        ("\"SEMH\"", "\"SMEH\"", 9, "needs 'SMEH' is not a known need (did you mean 'SEMH'?)"),
    ] {
        let wrong = offer.replacen(from, to, 1);
        assert_ne!(wrong, offer);
        let expected = format!("{SCENARIO}:{}: {problem}", line + place);
        Pack::with_services().add(SCENARIO, &wrong).reject(&[&expected]);
    }
}
