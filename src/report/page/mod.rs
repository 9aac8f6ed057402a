//! The report of a run as one HTML file that needs no network: words, charts, tables, data and script in it.
//!
//! Charts are drawn in the reader's browser by Plotly, whose script the crate `plotly` carries. Names in the data are
//! whatever a file said: in the page they are texts inside JSON, and its script never makes markup of them.

mod data;
mod headlines;
mod series;

use std::io::Write;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use plotly::Plot;

use self::data::PageData;
use crate::input::run_tables::RunTables;

const FRAME: &str = include_str!("assets/frame.html");
const STYLE: &str = include_str!("assets/report.css");
/// One script for a browser, in the order in which its parts know each other.
const SCRIPTS: [&str; 14] = [
    include_str!("assets/format.js"),
    include_str!("assets/data.js"),
    include_str!("assets/elements.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/multiples.js"),
    include_str!("assets/figure.js"),
    include_str!("assets/views-plans.js"),
    include_str!("assets/views-change.js"),
    include_str!("assets/views-capacity.js"),
    include_str!("assets/views-money.js"),
    include_str!("assets/views-appraisal.js"),
    include_str!("assets/views-compare.js"),
    include_str!("assets/views-record.js"),
    include_str!("assets/page.js"),
];

/// Plotly's own script, packed as the page's script unpacks it: gzip, then base64.
static LIBRARY: LazyLock<String> = LazyLock::new(|| {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(library().as_bytes()).expect("memory takes all");
    BASE64.encode(packed.finish().expect("memory takes all"))
});

/// Plotly's own script, of the scripts that the crate puts into pages of its own.
fn library() -> String {
    let scripts = Plot::offline_js_sources();
    let mut parts =
        scripts.split("<script type=\"text/javascript\">").filter_map(|part| part.split("</script>").next());
    let own = parts.find(|script| script.contains("plotly.js"));
    own.expect("the crate carries Plotly's script").to_string()
}

/// Renders the report of a run.
pub fn render_page(tables: &RunTables) -> String {
    let data = serde_json::to_string(&PageData::of(tables)).expect("texts and numbers");
    let title = escape_text(&format!("{}: SEND forecast", tables.record.area_name));
    let script = SCRIPTS.join("\n");
    fill(&[
        ("{{title}}", &title),
        ("{{style}}", STYLE),
        ("{{data}}", &escape_json(&data)),
        ("{{script}}", &script),
        ("{{library}}", &LIBRARY),
    ])
}

/// Fills the places of the frame, in one pass: what is filled in is never taken for a place.
fn fill(parts: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(parts.iter().map(|(_, part)| part.len()).sum::<usize>() + FRAME.len());
    let mut rest = FRAME;
    while let Some(start) = rest.find("{{") {
        page.push_str(&rest[..start]);
        rest = &rest[start..];
        let (place, part) = parts.iter().find(|(place, _)| rest.starts_with(place)).expect("a place of the frame");
        page.push_str(part);
        rest = &rest[place.len()..];
    }
    page.push_str(rest);
    page
}

/// No text within JSON can end the script element that holds it, or begin a comment in it.
fn escape_json(json: &str) -> String {
    json.replace("</", "<\\/").replace("<!--", "<\\u0021--")
}

fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn data_cannot_leave_its_element() {
        let hostile = serde_json::to_string("</script><!-- <script>{{data}}</ScRiPt>").expect("a text");
        let escaped = escape_json(&hostile);
        assert!(!escaped.to_lowercase().contains("</script") && !escaped.contains("<!--"), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("JSON"), "</script><!-- <script>{{data}}</ScRiPt>");
        assert_eq!(escape_text("<b>&"), "&lt;b&gt;&amp;");
    }

    #[test]
    fn what_is_filled_in_is_not_taken_for_a_place() {
        let parts =
            [("{{title}}", "{{data}}"), ("{{style}}", ""), ("{{data}}", "x"), ("{{script}}", ""), ("{{library}}", "")];
        assert!(fill(&parts).contains("<title>{{data}}</title>"));
    }

    #[test]
    fn the_library_is_one_script() {
        let script = library();
        assert!(script.len() > 1_000_000 && !script.contains("</script"), "{}", script.len());
        let packed = BASE64.decode(LIBRARY.as_bytes()).expect("base64");
        let mut unpacked = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut unpacked).expect("gzip");
        assert!(unpacked == script);
    }
}
