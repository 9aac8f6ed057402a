//! `pool.toml`: a pooled fund of the council and its integrated care board.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::confidence::trusted;
use super::problem::Problems;
use super::suggest::suggest_name;
use super::table::{FileBytes, is_there, parse_text, read_bytes};
use super::toml_file::{parse_toml, problem_of_key};
use crate::domain::assumption::Confidence;
use crate::domain::money::{FinancialYear, Money, Payer};
use crate::domain::pool::{Partner, Pool, PoolLine, Share};

pub const POOL: &str = "pool.toml";

/// Pounds of a quarter, or of a risk pool: beyond these it is a slip.
const MOST_POUNDS: f64 = 1e9;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPool {
    name: String,
    host: Spanned<String>,
    from: Spanned<String>,
    uprating: Spanned<String>,
    price_year: Spanned<String>,
    #[serde(default)]
    keep_most: Option<Spanned<f64>>,
    #[serde(default)]
    risk_pool: Option<Spanned<f64>>,
    #[serde(default)]
    cap: Option<Spanned<f64>>,
    #[serde(default)]
    collar: Option<Spanned<f64>>,
    #[serde(default)]
    source: String,
    confidence: Spanned<String>,
    #[serde(default)]
    partner: Vec<RawPartner>,
    #[serde(default)]
    line: Vec<RawLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPartner {
    payer: Spanned<String>,
    quarters: Option<Spanned<Vec<f64>>>,
    fixed_quarters: Option<Spanned<Vec<f64>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine {
    line: Spanned<String>,
    share: Spanned<String>,
}

/// The pooled fund, where the folder has one; `None` where it could not be read. `years` are those that costs are told
/// for.
pub fn read_pool(
    folder: &Path,
    money: Option<&Money>,
    years: Option<(FinancialYear, FinancialYear)>,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Option<Pool>> {
    if !is_there(folder, POOL) {
        return Some(None);
    }
    let file = read_bytes(folder, POOL, problems)?;
    let pool = parse_pool(&file, money, years, problems);
    files.push(file);
    pool.map(Some)
}

fn parse_pool(
    file: &FileBytes,
    money: Option<&Money>,
    years: Option<(FinancialYear, FinancialYear)>,
    problems: &mut Problems,
) -> Option<Pool> {
    let before = problems.count();
    let raw: RawPool = parse_toml(file, problems)?;
    let text = parse_text(file, problems)?;
    let Some(money) = money else {
        let hint = Some("what it pays for are lines of prices.csv".into());
        problems.in_file(&file.shown, "is there, and there are no prices", hint);
        return None;
    };
    let mut reader = Reader { file, text, problems };
    let from = reader.year("from", &raw.from);
    let price_year = reader.year("price_year", &raw.price_year);
    let partners = reader.partners(&raw);
    let lines = reader.lines(&raw.line, money);
    let host = reader.payer("host", &raw.host);
    if let Some(host) =
        host.filter(|host| partners.len() == raw.partner.len() && !partners.iter().any(|own| own.payer == *host))
    {
        let hint = Some("a [[partner]] with this payer".into());
        reader.problem("host", &raw.host, host.code(), "is no partner", hint);
    }
    if let Some(price_year) = price_year {
        reader.check_uprating(&raw.uprating, money, price_year, years);
    }
    let share = "a share, 0 to 1";
    let keep_most = reader.number("keep_most", raw.keep_most.as_ref(), 1.0, share);
    let cap = reader.number("cap", raw.cap.as_ref(), 10.0, "a share of the contribution, 0 to 10");
    let collar = reader.number("collar", raw.collar.as_ref(), 10.0, "a share of the contribution, 0 to 10");
    let collar = raw.collar.is_some().then_some(collar);
    let risk_pool = reader.number("risk_pool", raw.risk_pool.as_ref(), MOST_POUNDS, "pounds, 0 to 1000000000");
    let (source, confidence) = trusted(&raw.source, raw.confidence.as_ref());
    if confidence.is_none() {
        let hint = suggest_name(raw.confidence.as_ref(), ["high", "medium", "low"]);
        reader.problem("confidence", &raw.confidence, raw.confidence.as_ref(), "is not a known confidence", hint);
    }
    if problems.count() > before {
        return None;
    }
    Some(Pool {
        name: raw.name,
        partners,
        lines,
        host: host?,
        from: from?,
        uprating: raw.uprating.into_inner(),
        price_year: price_year?,
        keep_most,
        risk_pool,
        cap,
        collar,
        source,
        confidence: confidence?,
    })
}

struct Reader<'a> {
    file: &'a FileBytes,
    text: &'a str,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn problem<T>(&mut self, key: &str, at: &Spanned<T>, value: &str, what: &str, hint: Option<String>) {
        self.problems.push(problem_of_key((self.file, self.text), at, (key, value), what, hint));
    }

    fn year(&mut self, key: &str, year: &Spanned<String>) -> Option<FinancialYear> {
        let parsed = FinancialYear::parse(year.as_ref());
        if parsed.is_none() {
            self.problem(key, year, year.as_ref(), "is not a financial year", Some("such as 2026-27".into()));
        }
        parsed
    }

    fn payer(&mut self, key: &str, payer: &Spanned<String>) -> Option<Payer> {
        let parsed = Payer::parse(payer.as_ref());
        if parsed.is_none() {
            let hint = suggest_name(payer.as_ref(), Payer::ALL.iter().map(|known| known.code()));
            self.problem(key, payer, payer.as_ref(), "is not a payer", hint);
        }
        parsed
    }

    /// 0 where none is given.
    fn number(&mut self, key: &str, number: Option<&Spanned<f64>>, most: f64, hint: &str) -> f64 {
        let Some(given) = number else { return 0.0 };
        let value = *given.as_ref();
        if !(0.0..=most).contains(&value) {
            self.problem(key, given, &value.to_string(), "is out of bounds", Some(hint.to_string()));
        }
        value
    }

    fn partners(&mut self, raw: &RawPool) -> Vec<Partner> {
        let mut partners: Vec<Partner> = Vec::new();
        for own in &raw.partner {
            let payer = self.payer("payer", &own.payer);
            let quarters = self.quarters("quarters", own.quarters.as_ref());
            let fixed_quarters = self.quarters("fixed_quarters", own.fixed_quarters.as_ref());
            let Some(payer) = payer else { continue };
            if partners.iter().any(|known| known.payer == payer) {
                self.problem("payer", &own.payer, payer.code(), "is a partner twice", None);
            }
            partners.push(Partner { payer, quarters, fixed_quarters });
        }
        if raw.partner.len() < 2 {
            let hint = Some("a [[partner]] for each who contributes".into());
            self.problems.in_file(&self.file.shown, "has fewer than two partners", hint);
        } else if partners.iter().all(|own| own.quarters.iter().chain(&own.fixed_quarters).all(|pounds| *pounds == 0.0))
        {
            let hint = Some("quarters = [April to June, July to September, October to December, January to March]");
            self.problems.in_file(&self.file.shown, "has no contributions", hint.map(str::to_string));
        }
        partners
    }

    /// Nothing where none are given.
    fn quarters(&mut self, key: &str, given: Option<&Spanned<Vec<f64>>>) -> [f64; 4] {
        let Some(given) = given else { return [0.0; 4] };
        let shown = || format!("{:?}", given.as_ref());
        let Ok(quarters) = <[f64; 4]>::try_from(given.as_ref().as_slice()) else {
            let hint = Some("four numbers, April to June first".into());
            self.problem(key, given, &shown(), "are not four quarters", hint);
            return [0.0; 4];
        };
        if quarters.iter().any(|pounds| *pounds < 0.0) {
            self.problem(key, given, &shown(), "has a contribution below 0", Some("pounds of each quarter".into()));
        } else if !quarters.iter().all(|pounds| *pounds <= MOST_POUNDS) {
            self.problem(key, given, &shown(), "is out of bounds", Some("pounds, 0 to 1000000000".into()));
        }
        quarters
    }

    fn lines(&mut self, raw: &[RawLine], money: &Money) -> Vec<PoolLine> {
        let mut lines: Vec<PoolLine> = Vec::new();
        for own in raw {
            let id = own.line.as_ref();
            let ids = || money.lines.iter().map(|line| line.id.as_str());
            if !ids().any(|known| known == id) {
                self.problem("line", &own.line, id, "is not in prices.csv", suggest_name(id, ids()));
            } else if lines.iter().any(|known| known.line == *id) {
                self.problem("line", &own.line, id, "is in the pool twice", None);
            }
            match Share::parse(own.share.as_ref()) {
                Some(kind) => lines.push(PoolLine { line: id.clone(), kind }),
                None => {
                    let hint = suggest_name(own.share.as_ref(), Share::ALL.iter().map(|share| share.code()));
                    let hint = hint.or_else(|| Some("fixed or variable".into()));
                    self.problem("share", &own.share, own.share.as_ref(), "is not a kind of share", hint);
                }
            }
        }
        if raw.is_empty() {
            self.problems.in_file(&self.file.shown, "pays for no line", Some("a [[line]] of prices.csv".into()));
        }
        lines
    }

    /// Contributions rise from their price year to the last year told.
    fn check_uprating(
        &mut self,
        given: &Spanned<String>,
        money: &Money,
        price_year: FinancialYear,
        years: Option<(FinancialYear, FinancialYear)>,
    ) {
        let ids = || money.upratings.iter().map(|own| own.id.as_str());
        let Some(own) = money.upratings.iter().find(|own| own.id == *given.as_ref()) else {
            return self.problem(
                "uprating",
                given,
                given.as_ref(),
                "is not in uprating.csv",
                suggest_name(given.as_ref(), ids()),
            );
        };
        let Some((first, last)) = years else { return };
        let (start, end) = (price_year.min(first), price_year.max(last));
        if let Some(year) = (start.0 + 1..=end.0).map(FinancialYear).find(|year| own.rate(*year).is_none()) {
            let what = format!("has no rate for {year}");
            let hint = Some(format!("contributions of {price_year} are wanted until {end}"));
            self.problem("uprating", given, given.as_ref(), &what, hint);
        }
    }
}

/// A pool that may not be meant as it stands.
pub fn note_pool(pool: &Pool, money: &Money, (first, last): (FinancialYear, FinancialYear), problems: &mut Problems) {
    if pool.from > last {
        let from = pool.from;
        problems
            .notes
            .push(format!("{POOL}: the pool begins with {from}, and costs are told until {last}: none is settled"));
    }
    if pool.confidence == Confidence::Low {
        problems.notes.push(format!("{POOL}: the agreement has low confidence: it needs local values"));
    }
    let partners: Vec<Payer> = pool.partners.iter().map(|own| own.payer).collect();
    for line in money.lines.iter().filter(|line| pool.lines.iter().any(|own| own.line == line.id)) {
        let pays = |payer: &Payer| line.shares.iter().any(|(_, shares)| shares[*payer as usize] > 0.0);
        if !partners.iter().any(pays) {
            problems.notes.push(format!(
                "{POOL}: no partner pays for {} by payers.csv: the pool takes nothing over of it",
                line.id
            ));
        }
    }
    for partner in &pool.partners {
        let gives = |quarters: [f64; 4]| quarters.iter().any(|pounds| *pounds > 0.0);
        let payer = partner.payer.code();
        for (kind, given) in [(Share::Fixed, gives(partner.fixed_quarters)), (Share::Variable, gives(partner.quarters))]
        {
            let lines = pool.lines.iter().filter(|own| own.kind == kind);
            let mut lines = lines.filter_map(|own| money.lines.iter().find(|line| line.id == own.line)).peekable();
            let code = kind.code();
            if given && lines.peek().is_none() {
                problems
                    .notes
                    .push(format!("{POOL}: {payer} contributes to lines of {code} share, and there are none"));
            } else if given && !lines.any(|line| line.shares.iter().any(|(_, own)| own[partner.payer as usize] > 0.0)) {
                problems.notes.push(format!(
                    "{POOL}: {payer} contributes to lines of {code} share, and pays for none of them by payers.csv"
                ));
            }
        }
    }
    let nobody = pool.partners.iter().all(|own| own.quarters.iter().all(|pounds| *pounds == 0.0));
    if nobody && pool.lines.iter().any(|own| own.kind == Share::Variable) {
        problems.notes.push(format!(
            "{POOL}: nobody contributes to lines of variable share: they are paid in equal parts, not in proportion"
        ));
    }
    if pool.from < first {
        problems.notes.push(format!(
            "{POOL}: the pool is older than {first}, the first year told: it begins anew in it, with the risk pool"
        ));
    }
    let year: f64 = pool.partners.iter().flat_map(|own| own.quarters.iter().chain(&own.fixed_quarters)).sum();
    if year > 1e8 {
        problems.notes.push(format!("{POOL}: partners contribute £{year} a year: are these pence?"));
    }
}
