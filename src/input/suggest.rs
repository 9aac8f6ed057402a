//! "Did you mean": the nearest known name to one that is not known.

/// A hint naming the nearest of `known`, or all of them when few and none is near.
pub fn suggest_name<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let folded = found.to_lowercase();
    let nearest = known.iter().min_by_key(|name| edits(&folded, &name.to_lowercase()))?;
    let near_enough = edits(&folded, &nearest.to_lowercase()) <= 1 + found.chars().count() / 3;
    if near_enough {
        Some(format!("did you mean '{nearest}'?"))
    } else if known.len() <= 16 {
        Some(format!("known: {}", known.join(", ")))
    } else {
        None
    }
}

/// The names nearest to one that is not known, nearest first: those that contain it, or it
/// them, before those that are only spelt alike.
pub fn nearest_names<'a>(found: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let found = found.to_lowercase();
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_by_cached_key(|name| {
        let name = name.to_lowercase();
        let part = !found.is_empty() && (name.contains(&found) || found.contains(&name));
        (!part, edits(&found, &name), name)
    });
    // Two places may share a name.
    known.dedup();
    known.truncate(most);
    known
}

/// Insertions, deletions and replacements between two words (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_by_hand() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("same", "same"), 0);
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(suggest_name("SCLN", ["SLCN", "SEMH"]), Some("did you mean 'SLCN'?".into()));
        assert_eq!(suggest_name("zebra", ["SLCN", "SEMH"]), Some("known: SLCN, SEMH".into()));
    }
}
