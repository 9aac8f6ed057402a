//! `returns.csv`: the categories of statutory returns that each setting's plans count in.
//!
//! The file may be left out of an area folder; where it is, it must be complete: every setting, for
//! every form, with shares that sum to one.

use super::problem::Problems;
use super::table::{FileBytes, Row, Table};
use crate::domain::setting::Settings;
use crate::domain::statutory_return::{MappedForm, MappedShare, NOT_COUNTED, ReturnMapping, group_of_provision};

pub const RETURNS: &str = "returns.csv";

const COLUMNS: [&str; 5] = ["form", "setting", "category", "share", "source"];

/// How far shares may be from one in sum: they are written with a few decimals.
const TOLERANCE: f64 = 1e-6;

/// Reads the table of an area with these settings.
pub fn parse_return_table(file: &FileBytes, settings: &Settings, problems: &mut Problems) -> Option<ReturnMapping> {
    let table = Table::parse(file, &COLUMNS, problems)?;
    let settings = settings.iter().map(|setting| setting.code.clone()).collect();
    parse_rows(&table, settings, problems)
}

/// Reads the table of a run folder, whose settings are those it names.
pub fn parse_copied_table(file: &FileBytes, problems: &mut Problems) -> Option<ReturnMapping> {
    let table = Table::parse(file, &COLUMNS, problems)?;
    let mut settings: Vec<String> = Vec::new();
    for row in table.rows() {
        let code = row.text("setting");
        if !settings.iter().any(|known| known == code) {
            settings.push(code.to_string());
        }
    }
    parse_rows(&table, settings, problems)
}

/// The first row of a form and setting, and what its shares come to.
struct Sum<'a> {
    row: Row<'a>,
    form: MappedForm,
    setting: usize,
    total: f64,
}

fn parse_rows(table: &Table, settings: Vec<String>, problems: &mut Problems) -> Option<ReturnMapping> {
    let before = problems.count();
    let mut mapping = ReturnMapping { settings, shares: Vec::new() };
    let mut sums: Vec<Sum> = Vec::new();
    let mut sound = true;
    for row in table.rows() {
        let Some(share) = parse_share(row, &mapping, problems) else {
            sound = false;
            continue;
        };
        let (form, setting) = (share.form, share.setting);
        match sums.iter_mut().find(|sum| sum.form == form && sum.setting == setting) {
            Some(sum) => sum.total += share.share,
            None => sums.push(Sum { row, form, setting, total: share.share }),
        }
        mapping.shares.push(share);
    }
    // Rows that could not be read would show again as gaps: one mistake, one problem.
    if sound {
        check_complete(table, &mapping, &sums, problems);
    }
    (problems.count() == before).then_some(mapping)
}

fn parse_share(row: Row, mapping: &ReturnMapping, problems: &mut Problems) -> Option<MappedShare> {
    let forms = MappedForm::ALL.map(MappedForm::code);
    let find_form = |code: &str| MappedForm::ALL.into_iter().find(|form| form.code() == code);
    let form = row.name("form", "form", &forms, find_form, problems);
    let codes: Vec<&str> = mapping.settings.iter().map(String::as_str).collect();
    let setting = row.name("setting", "setting", &codes, |code| mapping.find(code), problems);
    let category = form.and_then(|form| {
        let codes: Vec<&str> = form.categories().iter().map(|c| c.code).chain([NOT_COUNTED]).collect();
        let find = |code: &str| if code == NOT_COUNTED { Some(None) } else { form.find(code).map(Some) };
        row.name("category", "category of the form", &codes, find, problems)
    });
    let share = row.number("share", problems);
    if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        row.problem("share", "is out of bounds", Some("0 to 1".into()), problems);
        return None;
    }
    let source = row.text("source").to_string();
    if source.is_empty() {
        let hint = "where the share comes from, in words".to_string();
        row.problem("source", "is blank", Some(hint), problems);
        return None;
    }
    let share = MappedShare { form: form?, setting: setting?, category: category?, share: share?, source };
    let same = |known: &&MappedShare| {
        (known.form, known.setting, known.category) == (share.form, share.setting, share.category)
    };
    if mapping.shares.iter().any(|known| same(&known)) {
        row.problem("category", "is listed twice for the form and setting", None, problems);
        return None;
    }
    Some(share)
}

/// Every setting for every form, shares that sum to one, groups that hold their provisions.
fn check_complete(table: &Table, mapping: &ReturnMapping, sums: &[Sum], problems: &mut Problems) {
    let before = problems.count();
    for form in MappedForm::ALL {
        for (setting, code) in mapping.settings.iter().enumerate() {
            match sums.iter().find(|sum| sum.form == form && sum.setting == setting) {
                None => {
                    let what = format!("does not map the setting '{code}' for the form '{}'", form.code());
                    let hint = format!("add a row, with the category {NOT_COUNTED} if the form leaves it out");
                    problems.in_file(&table.file, what, Some(hint));
                }
                Some(sum) if (sum.total - 1.0).abs() > TOLERANCE => {
                    let what = format!("has shares for the form '{}' that sum to {:.6}, not 1", form.code(), sum.total);
                    sum.row.problem("setting", what, None, problems);
                }
                Some(_) => {}
            }
        }
    }
    if problems.count() == before {
        check_groups(mapping, sums, problems);
    }
}

/// Tables by group and by provision add up to each other only if the shares do.
fn check_groups(mapping: &ReturnMapping, sums: &[Sum], problems: &mut Problems) {
    for sum in sums.iter().filter(|sum| sum.form == MappedForm::Group) {
        for (place, group) in MappedForm::Group.categories().iter().enumerate() {
            let shares = |form: MappedForm, in_group: &dyn Fn(usize) -> bool| {
                let counted = mapping.counted(form, sum.setting).filter(|(category, _)| in_group(*category));
                counted.fold(0.0, |sum, (_, share)| sum + share)
            };
            let own = shares(MappedForm::Group, &|category| category == place);
            let parts = shares(MappedForm::Provision, &|category| group_of_provision(category) == place);
            if (own - parts).abs() > TOLERANCE {
                let what = format!("has the share {own} in the group '{}', and {parts} in its provisions", group.code);
                sum.row.problem("setting", what, Some(provisions_of(place)), problems);
            }
        }
    }
}

fn provisions_of(group: usize) -> String {
    let provisions = MappedForm::Provision.categories().iter().enumerate();
    let names: Vec<&str> =
        provisions.filter(|(place, _)| group_of_provision(*place) == group).map(|(_, c)| c.code).collect();
    format!("its provisions: {}", names.join(", "))
}
