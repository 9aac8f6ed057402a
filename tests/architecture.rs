//! Rules of the source tree, held against the text of `src/`.
//!
//! Modules import one way only:
//! units → domain, numerics → scenario → input, fit, model → engine → summary → report → cli,
//! and those between two arrows do not import each other. Foreign interfaces stay where they are
//! said to be. Comments and strings are not code and break no rule; a rule that is broken names
//! every place that breaks it.

use std::fs;
use std::path::Path;

/// Modules of the crate, lowest layer first; those of a layer do not know each other.
const LAYERS: [&[&str]; 8] = [
    &["units"],
    &["domain", "numerics"],
    &["scenario"],
    &["input", "fit", "model"],
    &["engine"],
    &["summary"],
    &["report"],
    &["cli"],
];

/// Lines of a file before its tests.
const MOST_LINES: usize = 450;

// ---------------------------------------------------------------------------------------------
// Source text.

/// A file of `src/`.
struct Source {
    /// From `src/`, such as `engine/batch.rs`.
    path: String,
    text: String,
    tokens: Vec<Token>,
}

/// A word or a sign of the code.
#[derive(Clone, Debug, PartialEq)]
struct Token {
    text: String,
    line: usize,
    /// Under `#[cfg(test)]`.
    test: bool,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        let mut tokens = tokenise(text);
        mark_tests(&mut tokens);
        Source { path: path.to_string(), text: text.to_string(), tokens }
    }

    /// The module under the crate's root that the file belongs to; none for the roots themselves.
    fn module(&self) -> Option<&str> {
        let first = self.path.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(name, "lib" | "main")).then_some(name)
    }

    /// How many modules lead to the file: 0 for the roots, 2 for `engine/batch.rs`.
    fn depth(&self) -> usize {
        match self.module() {
            None => 0,
            Some(_) => self.path.split('/').filter(|part| *part != "mod.rs").count(),
        }
    }

    fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(&format!("{folder}/"))
    }

    fn at(&self, token: &Token, what: &str) -> String {
        format!("src/{}:{}: {what}", self.path, token.line)
    }

    /// Places where the words and signs of `wanted` follow on each other.
    fn find<'a>(&'a self, wanted: &'a [&str]) -> impl Iterator<Item = &'a Token> + 'a {
        let follows = move |window: &&[Token]| window.iter().zip(wanted).all(|(token, text)| token.text == *text);
        self.tokens.windows(wanted.len()).filter(follows).map(|window| &window[0])
    }

    /// Modules of the crate the file refers to, by `crate::`, `$crate::`, `needscast::` or enough
    /// `super::`.
    fn references(&self) -> Vec<(&Token, String)> {
        let mut found = Vec::new();
        let mut depth = self.depth();
        // For each open brace, whether it is that of a module.
        let mut open: Vec<bool> = Vec::new();
        let mut place = 0;
        while let Some(token) = self.tokens.get(place) {
            match token.text.as_str() {
                "{" => {
                    let module = place >= 2 && self.tokens[place - 2].text == "mod";
                    depth += usize::from(module);
                    open.push(module);
                }
                "}" => depth -= usize::from(open.pop().unwrap_or(false)),
                "crate" | "needscast" if self.starts_path(place) => found.extend(self.first_names(place + 1)),
                "super" if self.starts_path(place) => {
                    let mut end = place;
                    while self.texts(end + 1, &["::", "super"]) {
                        end += 2;
                    }
                    let above = 1 + (end - place) / 2;
                    if above == depth {
                        found.extend(self.first_names(end + 1));
                    }
                    place = end;
                }
                _ => {}
            }
            place += 1;
        }
        found
    }

    /// `crate` and `super` begin a path unless they stand within one, or in `pub(crate)`.
    fn starts_path(&self, place: usize) -> bool {
        self.texts(place + 1, &["::"]) && (place == 0 || self.tokens[place - 1].text != "::")
    }

    fn texts(&self, place: usize, wanted: &[&str]) -> bool {
        let tokens = self.tokens.get(place..place + wanted.len()).unwrap_or_default();
        tokens.len() == wanted.len() && tokens.iter().zip(wanted).all(|(token, text)| token.text == *text)
    }

    /// After the `::` at a place: the name that follows, or each first name of a group in braces.
    fn first_names(&self, colons: usize) -> Vec<(&Token, String)> {
        let Some(next) = self.tokens.get(colons + 1) else { return Vec::new() };
        if next.text != "{" {
            return vec![(next, next.text.clone())];
        }
        let mut names = Vec::new();
        let mut depth = 0;
        for pair in self.tokens[colons + 1..].windows(2) {
            match pair[0].text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(pair[0].text.as_str(), "{" | ",") && pair[1].text != "}" {
                names.push((&pair[1], pair[1].text.clone()));
            }
        }
        names
    }

    /// Lines before the first test module.
    fn lines_before_tests(&self) -> usize {
        let lines = self.text.lines().position(|line| line.trim_start().starts_with("#[cfg(test)]"));
        lines.unwrap_or_else(|| self.text.lines().count())
    }
}

/// Words, `::` and single signs, without comments, strings, characters and lifetimes.
fn tokenise(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let at = |place: usize| letters.get(place).copied().unwrap_or('\0');
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut tokens = Vec::new();
    let (mut place, mut line) = (0, 1);
    while place < letters.len() {
        let start = place;
        match at(place) {
            '/' if at(place + 1) == '/' => place = end_of_line(&letters, place),
            '/' if at(place + 1) == '*' => place = end_of_comment(&letters, place),
            '"' => place = end_of_string(&letters, place),
            'r' if raw_string_end(&letters, place).is_some() => {
                place = raw_string_end(&letters, place).unwrap_or(letters.len());
            }
            // 'x' and '\n' are characters; 'a without a second quote is a lifetime.
            '\'' if at(place + 1) == '\\' => {
                // Past the letter after the backslash, which may itself be a quote.
                place = (place + 3..letters.len()).find(|end| at(*end) == '\'').map_or(letters.len(), |end| end + 1);
            }
            '\'' if at(place + 2) == '\'' => place += 3,
            '\'' => {
                place += 1;
                while is_word(at(place)) {
                    place += 1;
                }
            }
            ':' if at(place + 1) == ':' => {
                place += 2;
                tokens.push(Token { text: "::".to_string(), line, test: false });
            }
            letter if is_word(letter) => {
                while is_word(at(place)) {
                    place += 1;
                }
                tokens.push(Token { text: letters[start..place].iter().collect(), line, test: false });
            }
            letter => {
                place += 1;
                if !letter.is_whitespace() {
                    tokens.push(Token { text: letter.to_string(), line, test: false });
                }
            }
        }
        line += letters[start..place.min(letters.len())].iter().filter(|letter| **letter == '\n').count();
    }
    tokens
}

fn end_of_line(letters: &[char], start: usize) -> usize {
    (start..letters.len()).find(|place| letters[*place] == '\n').unwrap_or(letters.len())
}

/// Block comments nest.
fn end_of_comment(letters: &[char], start: usize) -> usize {
    let (mut place, mut depth) = (start + 2, 1);
    while depth > 0 && place + 1 < letters.len() {
        match (letters[place], letters[place + 1]) {
            ('/', '*') => (place, depth) = (place + 2, depth + 1),
            ('*', '/') => (place, depth) = (place + 2, depth - 1),
            _ => place += 1,
        }
    }
    if depth > 0 { letters.len() } else { place }
}

fn end_of_string(letters: &[char], start: usize) -> usize {
    let mut place = start + 1;
    while place < letters.len() && letters[place] != '"' {
        place += if letters[place] == '\\' { 2 } else { 1 };
    }
    place + 1
}

/// Past `r"…"` or `r#"…"#`; `None` where no raw string starts.
fn raw_string_end(letters: &[char], start: usize) -> Option<usize> {
    let hashes = letters[start + 1..].iter().take_while(|letter| **letter == '#').count();
    let open = start + 1 + hashes;
    if letters.get(open) != Some(&'"') {
        return None;
    }
    let mut closing = vec!['"'];
    closing.resize(1 + hashes, '#');
    let length = letters[open + 1..].windows(closing.len()).position(|window| window == closing)?;
    Some(open + 1 + length + closing.len())
}

/// Marks each item under `#[cfg(test)]` to its closing brace or semicolon.
fn mark_tests(tokens: &mut [Token]) {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut place = 0;
    while place + ATTRIBUTE.len() <= tokens.len() {
        if !tokens[place..].iter().zip(ATTRIBUTE).all(|(token, text)| token.text == text) {
            place += 1;
            continue;
        }
        let mut depth = 0;
        for token in &mut tokens[place..] {
            token.test = true;
            place += 1;
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                ";" => {}
                _ => continue,
            }
            if depth == 0 {
                break;
            }
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    read_folder(&root, "", &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    // A rule over no files would hold.
    for expected in ["lib.rs", "main.rs", "units.rs", "engine/batch.rs", "cli/mod.rs"] {
        assert!(sources.iter().any(|source| source.path == expected), "src/{expected} was not read");
    }
    sources
}

fn read_folder(folder: &Path, path: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of src/") {
        let entry = entry.expect("an entry of src/");
        let name = entry.file_name().into_string().expect("names in src/ are plain");
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{path}{name}/"), sources);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).expect("a readable source file");
            sources.push(Source::new(&format!("{path}{name}"), &text));
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Rules: each gives the places of a file that break it.

type Rule = fn(&Source) -> Vec<String>;

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

fn imports_upwards(source: &Source) -> Vec<String> {
    let Some(own) = source.module() else { return Vec::new() };
    let Some(own_layer) = layer_of(own) else {
        return vec![format!("src/{}:1: the module '{own}' has no place in the order", source.path)];
    };
    let allowed = |name: &str| name == own || layer_of(name).is_some_and(|layer| layer < own_layer);
    let wrong = source.references().into_iter().filter(|(_, name)| !allowed(name));
    wrong.map(|(token, name)| source.at(token, &format!("{own} refers to {name}"))).collect()
}

/// The roots tie the tree together: the library declares it, the program calls the command line.
fn roots_do_more_than_declare(source: &Source) -> Vec<String> {
    if source.module().is_some() {
        return Vec::new();
    }
    let wrong = source.references().into_iter().filter(|(_, name)| source.path != "main.rs" || name != "cli");
    wrong.map(|(token, name)| source.at(token, &format!("{} refers to {name}", source.path))).collect()
}

fn uses_threads_outside_batch(source: &Source) -> Vec<String> {
    if source.path == "engine/batch.rs" { Vec::new() } else { words(source, &["rayon", "thread"]) }
}

fn uses_command_line_crates_outside_cli(source: &Source) -> Vec<String> {
    if source.is_in("cli") { Vec::new() } else { words(source, &["clap", "anyhow", "indicatif"]) }
}

fn touches_files_outside_input_and_report(source: &Source) -> Vec<String> {
    if source.is_in("input") || source.is_in("report") {
        Vec::new()
    } else {
        words(source, &["fs", "File", "OpenOptions"])
    }
}

fn uses_hashed_collections(source: &Source) -> Vec<String> {
    words(source, &["HashMap", "HashSet"])
}

fn unwraps_outside_tests(source: &Source) -> Vec<String> {
    let calls = source.find(&[".", "unwrap", "("]).filter(|token| !token.test);
    calls.map(|token| source.at(token, "unwrap(), which does not say why it cannot fail")).collect()
}

fn allows_lints(source: &Source) -> Vec<String> {
    source.find(&["allow", "("]).map(|token| source.at(token, "allow, where expect would name a reason")).collect()
}

fn starts_without_a_header(source: &Source) -> Vec<String> {
    let ok = source.text.starts_with("//! ");
    if ok { Vec::new() } else { vec![format!("src/{}:1: does not start with //!", source.path)] }
}

fn is_too_long(source: &Source) -> Vec<String> {
    let lines = source.lines_before_tests();
    if lines <= MOST_LINES {
        return Vec::new();
    }
    vec![format!("src/{}:{lines}: {lines} lines before its tests, {MOST_LINES} at most", source.path)]
}

fn words(source: &Source, wanted: &[&str]) -> Vec<String> {
    let found = source.tokens.iter().filter(|token| wanted.contains(&token.text.as_str()));
    found.map(|token| source.at(token, &token.text)).collect()
}

fn assert_holds(rule: Rule) {
    let offenders: Vec<String> = sources().iter().flat_map(rule).collect();
    assert!(offenders.is_empty(), "{} places break the rule:\n{}", offenders.len(), offenders.join("\n"));
}

#[test]
fn modules_import_only_from_layers_below_their_own() {
    assert_holds(imports_upwards);
}

#[test]
fn the_library_only_declares_and_the_program_only_calls_the_command_line() {
    assert_holds(roots_do_more_than_declare);
}

#[test]
fn the_only_threads_are_those_of_the_batch() {
    assert_holds(uses_threads_outside_batch);
}

#[test]
fn argument_parsing_error_context_and_progress_bars_stay_in_cli() {
    assert_holds(uses_command_line_crates_outside_cli);
}

#[test]
fn only_input_and_report_touch_files() {
    assert_holds(touches_files_outside_input_and_report);
}

#[test]
fn no_collection_iterates_in_an_order_of_its_own() {
    assert_holds(uses_hashed_collections);
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    assert_holds(unwraps_outside_tests);
}

#[test]
fn no_lint_is_allowed_without_a_reason() {
    assert_holds(allows_lints);
}

#[test]
fn every_file_says_what_it_is_for() {
    assert_holds(starts_without_a_header);
}

#[test]
fn no_file_is_too_long_before_its_tests() {
    assert_holds(is_too_long);
}

#[test]
fn every_module_of_the_order_exists_and_every_module_is_in_it() {
    let mut found: Vec<String> = sources().iter().filter_map(|source| source.module().map(str::to_string)).collect();
    found.dedup();
    let mut ordered: Vec<String> = LAYERS.concat().into_iter().map(str::to_string).collect();
    ordered.sort();
    found.sort();
    assert_eq!(found, ordered);
}

// ---------------------------------------------------------------------------------------------
// The rules can fail.

/// Lines at which a rule finds offenders.
fn lines(rule: Rule, path: &str, text: &str) -> Vec<usize> {
    let offenders = rule(&Source::new(path, text));
    offenders
        .iter()
        .map(|place| place.split(':').nth(1).and_then(|line| line.parse().ok()).expect("file:line"))
        .collect()
}

#[test]
fn an_import_from_above_or_beside_is_found_however_it_is_written() {
    let broken = [
        ("units.rs", "//! x\nuse crate::domain::need::Need;"),
        ("numerics/gamma.rs", "//! x\nuse crate::domain::grid::Shape;"),
        ("fit/trend.rs", "//! x\nuse crate::{\n    units::Age, model::chance };"),
        ("fit/trend.rs", "//! x\nuse crate::{units::{Age, Factor}, input::problem};"),
        ("model/flow.rs", "//! x\nfn f() -> crate::engine::layout::Layout { todo() }"),
        ("model/mod.rs", "//! x\nuse super::fit::trend;"),
        ("model/flow.rs", "//! x\nuse super::super::fit::trend;"),
        ("model/flow.rs", "//! x\n#[cfg(test)] mod tests { use super::super::super::summary::series; }"),
        ("domain/need.rs", "//! x\nmacro_rules! m { () => { $crate::engine::batch::run() } }"),
        ("engine/ledger.rs", "//! x\nlet a = 'x'; use crate::report::console;"),
        ("engine/ledger.rs", "//! x\nlet a = '\\''; use crate::report::console;"),
        ("surprise.rs", "//! x"),
    ];
    for (path, text) in broken {
        let expected = if path == "surprise.rs" { 1 } else { text.lines().count().min(3) };
        assert_eq!(lines(imports_upwards, path, text), [expected], "{path}: {text}");
    }
}

#[test]
fn an_import_from_below_and_words_that_are_no_code_are_left_alone() {
    let fine = [
        (
            "model/flow.rs",
            "//! See [`crate::engine::batch`].\nuse super::chance::Count;\nuse crate::scenario::effects::E;",
        ),
        (
            "model/flow.rs",
            "//! x\n/* crate::engine /* crate::engine */ */ const A: &str = \"crate::cli \\\" crate::cli\";",
        ),
        ("model/flow.rs", "//! x\nconst A: &str = r#\"crate::cli \" crate::cli\"#;"),
        ("model/flow.rs", "//! x\nfn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests { use super::super::chance; }"),
        ("report/csv_tables.rs", "//! x\nuse crate::fit::rate_table::RateRow;\npub(crate) fn f() {}"),
        ("units.rs", "//! x\n#[cfg(test)]\nmod tests { use super::*; }"),
    ];
    for (path, text) in fine {
        assert_eq!(lines(imports_upwards, path, text), Vec::<usize>::new(), "{path}: {text}");
    }
}

#[test]
fn each_other_rule_finds_what_breaks_it_and_leaves_what_does_not() {
    let long = format!("//! x\n{}", "fn f() {}\n".repeat(MOST_LINES));
    let long_tests = format!("//! x\n#[cfg(test)]\n{}", "fn f() {}\n".repeat(MOST_LINES));
    let cases: [(Rule, &str, &str, &[usize]); 19] = [
        (roots_do_more_than_declare, "lib.rs", "//! x\npub mod cli;\nuse crate::cli::run;", &[3]),
        (roots_do_more_than_declare, "main.rs", "//! x\nfn main() { needscast::cli::main() }", &[]),
        (roots_do_more_than_declare, "main.rs", "//! x\nfn main() { needscast::fit::main() }", &[2]),
        (uses_threads_outside_batch, "summary/figures.rs", "//! rayon\nuse rayon::prelude::*;", &[2]),
        (uses_threads_outside_batch, "summary/figures.rs", "//! x\nuse std::thread;", &[2]),
        (uses_threads_outside_batch, "engine/batch.rs", "//! x\nuse rayon::prelude::*;", &[]),
        (uses_command_line_crates_outside_cli, "report/console.rs", "//! x\nfn f() -> anyhow::Result<()> {}", &[2]),
        (uses_command_line_crates_outside_cli, "cli/run.rs", "//! x\nuse clap::Parser;", &[]),
        (touches_files_outside_input_and_report, "cli/run.rs", "//! x\nstd::fs::read(x);", &[2]),
        (touches_files_outside_input_and_report, "input/table.rs", "//! x\nstd::fs::read(x);", &[]),
        (uses_hashed_collections, "fit/trend.rs", "//! x\n\nuse std::collections::{BTreeMap, HashMap};", &[3]),
        (
            unwraps_outside_tests,
            "fit/trend.rs",
            "//! x\nf().unwrap();\n#[cfg(test)]\nmod tests { fn g() { f().unwrap() } }",
            &[2],
        ),
        (unwraps_outside_tests, "fit/trend.rs", "//! x\n#[cfg(test)]\nuse a::b;\nfn f() { g().unwrap() }", &[4]),
        (unwraps_outside_tests, "fit/trend.rs", "//! x\nf().unwrap_or(3);", &[]),
        (
            allows_lints,
            "fit/trend.rs",
            "//! x\n#[allow(dead_code)]\n#![allow(unused)]\n#[cfg_attr(a, allow(b))]",
            &[2, 3, 4],
        ),
        (starts_without_a_header, "fit/trend.rs", "// x\n//! x", &[1]),
        (starts_without_a_header, "fit/trend.rs", "//! x", &[]),
        (is_too_long, "fit/trend.rs", &long, &[MOST_LINES + 1]),
        (is_too_long, "fit/trend.rs", &long_tests, &[]),
    ];
    for (number, (rule, path, text, expected)) in cases.into_iter().enumerate() {
        assert_eq!(lines(rule, path, text), expected, "case {number}, {path}");
    }
}
