//! A forecast beside what came: errors, intervals, ranks, and what they say of later years.
//!
//! Symbols: a the outturn of a cell (count); q₅ … q₉₅ the quantiles of its simulated futures (counts); m = q₅₀.
//!
//! - Error of the median: m − a, and 100·(m/a − 1) %. Positive where too much was forecast.
//! - Inside the 80 % interval: q₁₀ ≤ a ≤ q₉₀, ends included; likewise q₂₅ to q₇₅ and q₅ to q₉₅.
//! - Rank (the probability integral transform): the share of futures below a, linear between the seven quantiles that a
//!   run keeps. Where several quantiles equal a, the middle of the lowest and the highest of their levels. Below q₅ and
//!   above q₉₅ nothing more is known than that.
//! - Verdict on k of n cells inside the 80 % interval: too narrow where P(X ≤ k) < 5 % for X ~ Binomial(n, 0.8), too
//!   wide where P(X ≥ k) < 5 %. Cells of fewer than [`LEAST_MEDIAN`] plans in the median are left out: a few whole
//!   children lie inside by rounding alone. The choice looks at the forecast only, so it favours no outcome.
//! - Carried to later years: m′·(a/m)^w. w = 0 forgets the error and w = 1 keeps it. How far past errors went on was
//!   measured by `needscast backtest` (101 local authorities, Januaries 2018 to 2024, 300 to 611 pairs a horizon): the
//!   slope of the log error h years on upon that of the first year is, for all plans, 1.17, 1.24, 1.32 and 1.35 after
//!   one to four more years (1.13, 1.21 and 1.27 upon that of the second); by setting it lies between 0.6 and 1.4
//!   without order. An error is thus no passing noise: what is shown is 0 to 1, and 1.15 to 1.3 (`WENT_ON`) for all plans.
//!
//! Assumptions: the binomial test takes cells for independent, which they are not (a year with many new plans lifts all);
//! every text that tells a verdict says so. Rejected: a damped carry (0.8 a year, as trends are), which the slopes above
//! contradict; ranks beyond the outer quantiles by a fitted tail, which would tell more than the run has kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::need::Need;
use crate::input::run_tables::{ALL, FigureTable, KeyColumn, RunFigure, Statistic};

/// Levels of the quantiles of a figure.
pub const LEVELS: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];
const QUANTILES: [Statistic; 7] =
    [Statistic::P05, Statistic::P10, Statistic::P25, Statistic::P50, Statistic::P75, Statistic::P90, Statistic::P95];
/// Cells whose median is smaller are not judged.
pub const LEAST_MEDIAN: f64 = 5.0;
/// Chance below which a count of cells inside is taken for more than chance.
const SIGNIFICANT: f64 = 0.05;
/// Exponents w by which errors of all plans went on, after one, two, and three or more further years.
const WENT_ON: [f64; 3] = [1.15, 1.2, 1.3];

/// What a cell counts; "all" where it is not split.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    pub year: u16,
    pub measure: String,
    pub need: String,
    pub setting: String,
    pub age_group: String,
}

impl CellKey {
    pub fn is_split(&self) -> [bool; 3] {
        [&self.age_group, &self.need, &self.setting].map(|code| code != ALL)
    }

    pub fn is_total(&self) -> bool {
        self.is_split() == [false; 3]
    }
}

/// What came.
#[derive(Clone, Debug, PartialEq)]
pub struct Actual {
    pub key: CellKey,
    pub value: f64,
}

/// Figures of one scenario for the whole area, by what they count.
pub struct Forecasts {
    quantiles: BTreeMap<CellKey, [f64; 7]>,
    units: BTreeMap<String, String>,
    shapes: BTreeSet<(u16, String, [bool; 3])>,
    /// Codes that a cell may have and a forecast must know.
    needs: BTreeSet<String>,
    settings: BTreeSet<String>,
}

impl Forecasts {
    pub fn of(table: &FigureTable, scenario: &str, area: &str) -> Forecasts {
        let mut forecasts = Forecasts {
            quantiles: BTreeMap::new(),
            units: BTreeMap::new(),
            shapes: BTreeSet::new(),
            needs: needs_of(table),
            settings: table.codes(KeyColumn::Setting).all().iter().cloned().collect(),
        };
        let own = |figure: &&RunFigure| {
            table.code(figure, KeyColumn::Scenario) == scenario && table.code(figure, KeyColumn::Area) == area
        };
        for figure in table.figures.iter().filter(own) {
            let Some(quantiles) = quantiles_of(figure) else { continue };
            let key = key_of(table, figure);
            forecasts.shapes.insert((key.year, key.measure.clone(), key.is_split()));
            let unit = table.code(figure, KeyColumn::Unit).to_string();
            forecasts.units.entry(key.measure.clone()).or_insert(unit);
            forecasts.quantiles.insert(key, quantiles);
        }
        forecasts
    }

    /// The quantiles of a cell. A run leaves out figures that are 0 in every future: a cell that is not there is 0 if
    /// others of its measure and year are split as it is. `None` where the run does not forecast such cells.
    pub fn find(&self, key: &CellKey) -> Option<[f64; 7]> {
        let known_need = key.need == ALL || self.needs.contains(&key.need);
        if !known_need || !self.settings.contains(&key.setting) {
            return None;
        }
        let zero = || self.shapes.contains(&(key.year, key.measure.clone(), key.is_split())).then_some([0.0; 7]);
        self.quantiles.get(key).copied().or_else(zero)
    }

    pub fn unit(&self, measure: &str) -> &str {
        self.units.get(measure).map_or("plans", String::as_str)
    }
}

/// Needs that figures are split by; none where a run knows no more than that they are not recorded.
pub fn needs_of(table: &FigureTable) -> BTreeSet<String> {
    let needs: BTreeSet<String> =
        table.codes(KeyColumn::Need).all().iter().filter(|code| *code != ALL).cloned().collect();
    if needs.iter().all(|code| code == Need::NotRecorded.code()) { BTreeSet::new() } else { needs }
}

pub fn quantiles_of(figure: &RunFigure) -> Option<[f64; 7]> {
    let mut quantiles = [0.0; 7];
    for (value, statistic) in quantiles.iter_mut().zip(QUANTILES) {
        *value = figure.value(statistic)?;
    }
    Some(quantiles)
}

pub fn key_of(table: &FigureTable, figure: &RunFigure) -> CellKey {
    let code = |column| table.code(figure, column).to_string();
    CellKey {
        year: figure.year,
        measure: code(KeyColumn::Measure),
        need: code(KeyColumn::Need),
        setting: code(KeyColumn::Setting),
        age_group: code(KeyColumn::AgeGroup),
    }
}

/// An interval that is centred on the median.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    Half,
    EightInTen,
    NineInTen,
}

/// Where among the futures an outturn lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rank {
    /// Fewer than 5 % of the futures are below it.
    Below,
    /// Share of the futures below it.
    At(f64),
    /// At least 95 % are.
    Above,
}

impl Rank {
    /// Beyond the outer quantiles, their levels.
    pub fn value(self) -> f64 {
        match self {
            Rank::Below => LEVELS[0],
            Rank::At(share) => share,
            Rank::Above => LEVELS[6],
        }
    }
}

/// The share of futures below a value.
pub fn rank_of(value: f64, quantiles: &[f64; 7]) -> Rank {
    if value < quantiles[0] {
        return Rank::Below;
    }
    if value > quantiles[6] {
        return Rank::Above;
    }
    let first = quantiles.iter().position(|quantile| *quantile >= value).unwrap_or(6);
    if quantiles[first] > value {
        let (low, high) = (quantiles[first - 1], quantiles[first]);
        return Rank::At(LEVELS[first - 1] + (LEVELS[first] - LEVELS[first - 1]) * (value - low) / (high - low));
    }
    let last = quantiles.iter().rposition(|quantile| *quantile <= value).unwrap_or(first);
    Rank::At((LEVELS[first] + LEVELS[last]) / 2.0)
}

/// A cell whose forecast and outturn are both known.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredCell {
    pub key: CellKey,
    pub actual: f64,
    pub quantiles: [f64; 7],
}

impl ScoredCell {
    pub fn median(&self) -> f64 {
        self.quantiles[3]
    }

    /// Forecast less outturn.
    pub fn error(&self) -> f64 {
        self.median() - self.actual
    }

    /// Per cent of the outturn; none where nothing came.
    pub fn error_percent(&self) -> Option<f64> {
        (self.actual > 0.0).then(|| 100.0 * self.error() / self.actual)
    }

    pub fn is_inside(&self, interval: Interval) -> bool {
        let [p05, p10, p25, _, p75, p90, p95] = self.quantiles;
        let (low, high) = match interval {
            Interval::Half => (p25, p75),
            Interval::EightInTen => (p10, p90),
            Interval::NineInTen => (p05, p95),
        };
        (low..=high).contains(&self.actual)
    }

    pub fn rank(&self) -> Rank {
        rank_of(self.actual, &self.quantiles)
    }

    pub fn is_judged(&self) -> bool {
        self.median() >= LEAST_MEDIAN
    }
}

/// Outturns beside their forecasts, and those that have none.
pub fn score_actuals(forecasts: &Forecasts, actuals: Vec<Actual>) -> (Vec<ScoredCell>, Vec<Actual>) {
    let (mut scored, mut unforecast) = (Vec::new(), Vec::new());
    for actual in actuals {
        match forecasts.find(&actual.key) {
            Some(quantiles) => scored.push(ScoredCell { key: actual.key, actual: actual.value, quantiles }),
            None => unforecast.push(actual),
        }
    }
    scored.sort_by(|a, b| a.key.cmp(&b.key));
    (scored, unforecast)
}

/// What a count of cells inside says of the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Even no cell inside could be chance.
    TooFew,
    TooNarrow,
    AsExpected,
    TooWide,
}

/// Whether `inside` of `cells` may be chance where each is inside with probability `share`.
pub fn judge_coverage(inside: usize, cells: usize, share: f64) -> Verdict {
    let mut chances = vec![1.0];
    // Pascal's triangle, weighted: the distribution of the sum of one more cell at a time.
    for _ in 0..cells {
        let mut next = vec![0.0; chances.len() + 1];
        for (count, chance) in chances.iter().enumerate() {
            next[count] += chance * (1.0 - share);
            next[count + 1] += chance * share;
        }
        chances = next;
    }
    let at_most: f64 = chances[..=inside.min(cells)].iter().sum();
    let at_least: f64 = chances[inside.min(cells)..].iter().sum();
    if at_most < SIGNIFICANT {
        Verdict::TooNarrow
    } else if at_least < SIGNIFICANT {
        Verdict::TooWide
    } else if chances[0] >= SIGNIFICANT {
        Verdict::TooFew
    } else {
        Verdict::AsExpected
    }
}

/// Judged cells of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage<K> {
    pub kind: K,
    pub cells: usize,
    pub inside_half: usize,
    pub inside_eight_in_ten: usize,
    /// Outturns above the median of the forecast.
    pub above_median: usize,
    /// Mean of forecast less outturn.
    pub mean_error: f64,
    pub verdict: Verdict,
}

/// Judged cells by kind; cells without a kind are left out.
pub fn summarise_coverage<K: Ord + Clone>(
    cells: &[ScoredCell],
    kind: impl Fn(&ScoredCell) -> Option<K>,
) -> Vec<Coverage<K>> {
    let mut kinds: BTreeMap<K, Vec<&ScoredCell>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.is_judged()) {
        if let Some(kind) = kind(cell) {
            kinds.entry(kind).or_default().push(cell);
        }
    }
    let summarise = |(kind, cells): (K, Vec<&ScoredCell>)| {
        let count = |what: &dyn Fn(&ScoredCell) -> bool| cells.iter().filter(|cell| what(cell)).count();
        let inside_eight_in_ten = count(&|cell| cell.is_inside(Interval::EightInTen));
        Coverage {
            kind,
            cells: cells.len(),
            inside_half: count(&|cell| cell.is_inside(Interval::Half)),
            inside_eight_in_ten,
            above_median: count(&|cell| cell.actual > cell.median()),
            mean_error: cells.iter().map(|cell| cell.error()).sum::<f64>() / cells.len() as f64,
            verdict: judge_coverage(inside_eight_in_ten, cells.len(), 0.8),
        }
    };
    kinds.into_iter().map(summarise).collect()
}

/// A later year of the forecast, as it stands and with the error of an outturn carried on.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    pub year: u16,
    pub quantiles: [f64; 7],
    /// The error kept as it is.
    pub kept: f64,
    /// The error gone on as errors of all plans did.
    pub went_on: f64,
}

/// Carries an outturn's error to the years after it.
pub fn carry_forward(forecasts: &Forecasts, cell: &ScoredCell, years: usize) -> Vec<Carried> {
    if cell.median() <= 0.0 || cell.actual <= 0.0 {
        return Vec::new();
    }
    let ratio = cell.actual / cell.median();
    let carried = |further: usize| {
        let year = cell.key.year + further as u16;
        let quantiles = forecasts.find(&CellKey { year, ..cell.key.clone() })?;
        let exponent = WENT_ON[further.min(WENT_ON.len()) - 1];
        Some(Carried {
            year,
            quantiles,
            kept: quantiles[3] * ratio,
            went_on: quantiles[3] * libm::pow(ratio, exponent),
        })
    };
    (1..=years).map_while(carried).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUARTILES: [f64; 7] = [10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 90.0];

    fn cell(actual: f64) -> ScoredCell {
        let all = || ALL.to_string();
        let key = CellKey { year: 2026, measure: "plans".into(), need: all(), setting: all(), age_group: all() };
        ScoredCell { key, actual, quantiles: QUARTILES }
    }

    #[test]
    fn ranks_are_linear_between_quantiles() {
        for (value, rank) in [
            (9.9, Rank::Below),
            (10.0, Rank::At(0.05)),
            (20.0, Rank::At(0.10)),
            // Half-way from the lower quartile to the median: (0.25 + 0.50) / 2.
            (35.0, Rank::At(0.375)),
            (40.0, Rank::At(0.50)),
            // A quarter of the way from the median (40) to the upper quartile (60): 0.5 + 0.25/4.
            (45.0, Rank::At(0.5625)),
            (90.0, Rank::At(0.95)),
            (90.1, Rank::Above),
        ] {
            let found = rank_of(value, &QUARTILES);
            let same = std::mem::discriminant(&found) == std::mem::discriminant(&rank);
            assert!(same && (found.value() - rank.value()).abs() < 1e-12, "{value}: {found:?}");
        }
    }

    #[test]
    fn a_value_that_several_quantiles_share_ranks_in_their_middle() {
        // 5 % to 50 % of the futures are 0: the middle is 0.275.
        let rank = rank_of(0.0, &[0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]).value();
        assert!((rank - 0.275).abs() < 1e-12, "{rank}");
        // All futures alike: one half.
        assert_eq!(rank_of(7.0, &[7.0; 7]), Rank::At(0.5));
    }

    #[test]
    fn ends_of_intervals_are_inside() {
        for (actual, inside) in [
            (40.0, [true, true, true]),
            (30.0, [true, true, true]),
            (29.0, [false, true, true]),
            (80.0, [false, true, true]),
            (81.0, [false, false, true]),
            (91.0, [false, false, false]),
        ] {
            let found = [Interval::Half, Interval::EightInTen, Interval::NineInTen].map(|i| cell(actual).is_inside(i));
            assert_eq!(found, inside, "{actual}");
        }
    }

    #[test]
    fn errors_are_forecast_less_outturn() {
        // 40 forecast, 50 came: −10, a fifth of 50.
        assert_eq!((cell(50.0).error(), cell(50.0).error_percent()), (-10.0, Some(-20.0)));
        assert_eq!(cell(0.0).error_percent(), None);
    }

    #[test]
    fn verdicts_are_those_of_a_binomial_test() {
        for (inside, cells, verdict) in [
            // 0.2² = 4 % < 5 %, 0.2 is not.
            (0, 2, Verdict::TooNarrow),
            (0, 1, Verdict::TooFew),
            (1, 1, Verdict::TooFew),
            // P(X ≤ 5) of 10 = 3.28 %; P(X ≤ 6) = 12.1 %.
            (5, 10, Verdict::TooNarrow),
            (6, 10, Verdict::AsExpected),
            // 0.8¹⁰ = 10.7 %, 0.8¹⁴ = 4.4 %.
            (10, 10, Verdict::AsExpected),
            (14, 14, Verdict::TooWide),
        ] {
            assert_eq!(judge_coverage(inside, cells, 0.8), verdict, "{inside} of {cells}");
        }
    }

    #[test]
    fn an_error_is_kept_as_a_ratio() {
        let key = |year| CellKey { year, ..cell(44.0).key };
        let forecasts = Forecasts {
            quantiles: (2026..=2029).map(|year| (key(year), QUARTILES.map(|q| q * 2.0))).collect(),
            units: BTreeMap::new(),
            shapes: BTreeSet::new(),
            needs: BTreeSet::new(),
            settings: [ALL.to_string()].into(),
        };
        // 44 came where 40 was forecast, a tenth more: 80 becomes 88, and 80 × 1.1^1.15 = 89.27 as errors went on.
        let carried = carry_forward(&forecasts, &cell(44.0), 10);
        assert_eq!(carried.iter().map(|c| c.year).collect::<Vec<_>>(), [2027, 2028, 2029]);
        assert!((carried[0].kept - 88.0).abs() < 1e-9 && (carried[0].went_on - 89.27).abs() < 0.005, "{carried:?}");
        assert_eq!(carry_forward(&forecasts, &cell(0.0), 10), []);
    }

    proptest! {
        #[test]
        fn ranks_rise_with_the_value_and_lie_between_0_and_1(
            mut quantiles in prop::array::uniform7(0_u8..20),
            mut values in prop::collection::vec(-1.0..21.0_f64, 2..30),
        ) {
            quantiles.sort_unstable();
            let quantiles = quantiles.map(f64::from);
            values.extend(quantiles);
            values.sort_by(f64::total_cmp);
            let ranks: Vec<f64> = values.iter().map(|value| rank_of(*value, &quantiles).value()).collect();
            prop_assert!(ranks.is_sorted(), "{values:?} {ranks:?}");
            prop_assert!(ranks.iter().all(|rank| (0.0..=1.0).contains(rank)));
        }
    }
}
