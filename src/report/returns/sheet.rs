//! A sheet of a workbook: one table with its header.

/// A table with the name of its sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// At most 31 characters, none of `[ ] : * ? / \`.
    pub name: String,
    /// What the table is, for the index.
    pub title: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    /// People or plans.
    Count(u32),
    Year(u16),
    Number(f64),
    /// The name of another sheet, which a click leads to.
    Link(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_string())
    }
}

/// The most characters a sheet's name may have.
pub const LONGEST_NAME: usize = 31;

/// A part of a sheet's name that comes from a user: no characters that Excel refuses, cut to a length.
pub fn plain_name(text: &str, longest: usize) -> String {
    let plain: String = text.chars().map(|c| if "[]:*?/\\".contains(c) || c.is_control() { ' ' } else { c }).collect();
    let cut: String = plain.trim().trim_matches('\'').chars().take(longest).collect();
    cut.trim().to_string()
}

/// Texts as a header.
pub fn header<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_short() {
        assert_eq!(plain_name("Bournemouth, Christchurch and Poole", 20), "Bournemouth, Christc");
        assert_eq!(plain_name("'North/South: [East]'", 20), "North South   East");
    }
}
