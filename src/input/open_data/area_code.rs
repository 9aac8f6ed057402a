//! Areas whose nine-character code changed while the place stayed the same.
//!
//! A release or population file uses the codes of its day. Only changes that keep the whole
//! authority are listed; authorities that were split or merged (Dorset and its neighbours 2019,
//! Northamptonshire 2021, Cumbria 2023) are other places afterwards. A county is found by its own
//! code, never by adding up its districts, and the two are never added.
//!
//! Sources: the statutory instruments named, and the ONS Code History Database, which lists each
//! code with its successor.

/// Code before, code after, and why.
const CHANGED: [(&str, &str, &str); 7] = [
    ("E08000020", "E08000037", "Gateshead: The Gateshead and Northumberland (Boundary Change) Order 2013"),
    ("E06000048", "E06000057", "Northumberland: the same order"),
    ("E10000002", "E06000060", "Buckinghamshire: The Buckinghamshire (Structural Changes) Order 2019"),
    ("E10000023", "E06000065", "North Yorkshire: The North Yorkshire (Structural Changes) Order 2022"),
    ("E10000027", "E06000066", "Somerset: The Somerset (Structural Changes) Order 2022"),
    ("E08000016", "E08000038", "Barnsley: boundary with Sheffield, ONS Code History Database"),
    ("E08000019", "E08000039", "Sheffield: boundary with Barnsley, ONS Code History Database"),
];

/// The code itself, then the others the same place has had.
pub fn codes_of(code: &str) -> impl Iterator<Item = &str> {
    let others = CHANGED.iter().filter_map(move |(before, after, _)| match code {
        _ if code == *before => Some(*after),
        _ if code == *after => Some(*before),
        _ => None,
    });
    std::iter::once(code).chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_either_code_and_no_code_belongs_to_two_places() {
        assert_eq!(codes_of("E10000027").collect::<Vec<_>>(), ["E10000027", "E06000066"]);
        assert_eq!(codes_of("E06000066").collect::<Vec<_>>(), ["E06000066", "E10000027"]);
        assert_eq!(codes_of("E06000001").collect::<Vec<_>>(), ["E06000001"]);
        let mut codes: Vec<&str> = CHANGED.iter().flat_map(|(before, after, _)| [*before, *after]).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 2 * CHANGED.len());
    }
}
