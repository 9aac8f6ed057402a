//! A small table of `data/somerset` that changes only when somebody means it to, and what the
//! base census must be whatever the model: the published figures.
//!
//! When the table changes on purpose:
//!
//! ```text
//! NEEDSCAST_BLESS=1 cargo test --test golden
//! ```
//!
//! rewrites it; the change is then for a reader of the difference to judge, and belongs under
//! "Changes to results" in the change log.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ndarray::{Array2, Array3, Axis};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::money::{FinancialYear, Payer};
use needscast::domain::observation::Measure as Observed;
use needscast::domain::rates::Rates;
use needscast::domain::world::World;
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::calibration::prepare;
use needscast::engine::layout::{Flow, Layout, LineFigure};
use needscast::engine::money::{Costed, PaidPlaces, price_principal, price_shard};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::model::money::MoneyModel;
use needscast::model::service_model::ServiceAssumptions;
use needscast::scenario::effects::{add_services, resolve_effects};
use needscast::scenario::lever::Scenario;
use needscast::scenario::place_effects::complete_places;
use needscast::summary::figures::{Figure, Outcome, summarise_scenario};
use needscast::summary::money_series::{MoneyFigure, MoneyItem, MoneyKeys, Priced, summarise_money};
use needscast::summary::series::{AgeKey, Measure, Series};

const BLESS: &str = "NEEDSCAST_BLESS";
const REPLICATES: u32 = 50;
/// The totals published for January 2025 (DfE, SEN2 2025).
const PLANS_2025: f64 = 5725.0;

/// Somerset, fitted, with the figures of its baseline.
struct Somerset {
    folder: AreaFolder,
    rates: Rates,
    figures: Vec<Figure>,
    money: Vec<MoneyFigure>,
}

fn somerset() -> &'static Somerset {
    static AREA: OnceLock<Somerset> = OnceLock::new();
    AREA.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let folder = read_area_folder(&path, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
        let rates = fit_rates(&folder.world).expect("the area can be fitted").rates;
        let workers = Workers::new(2).expect("two threads can be started");
        let mut prepared = prepare(&workers, &rates).expect("the books balance");
        let (world, baseline) = (&folder.world, Scenario::baseline());
        let (held, september) = (rates.stock_by_setting(), world.base.0 - 1);
        let (complete, _) = complete_places(&world.places, &[], &world.settings, &held, september);
        prepared.limit_places(&complete, &world.geography);
        prepared.add_services(&world.services, ServiceAssumptions::of(&world.assumptions));
        let mut effects =
            resolve_effects(&baseline, &world.needs, world.shape(), world.base, world.years, Some(&complete));
        add_services(&mut effects, &world.services, &baseline, world.base);
        let draws = run_shard(&workers, &prepared, &effects, folder.seed, 1..REPLICATES + 1, &|| ());
        let draws = draws.expect("the books balance");
        let principal = run_principal(&prepared, &effects).expect("the books balance");
        let outcome = Outcome { draws: &draws, principal: &principal };
        let (places, services) = (prepared.places.as_ref(), prepared.services.as_ref());
        let series = Series { layout: Layout::of(&prepared), base: world.base.0, places, services, timeliness: None };
        let figures = summarise_scenario(&workers, "baseline", series, outcome, None).figures;
        let model = MoneyModel::new(
            world.money.as_ref().expect("Somerset has prices"),
            (&world.needs, &world.settings),
            &world.services,
            FinancialYear(world.base.0),
            world.years,
        );
        let paid = prepared.places.as_ref().map(|model| PaidPlaces { places: &complete, model });
        let costed = Costed { layout: series.layout, effects: &effects, places: paid, spending: &[] };
        let priced = price_shard(&workers, &model, costed, folder.seed, &draws);
        let central = price_principal(&model, costed, &principal);
        let (money, _) = summarise_money(&workers, &model, Priced { draws: &priced, principal: &central }, None);
        Somerset { folder, rates, figures, money }
    })
}

impl Somerset {
    fn world(&self) -> &World {
        &self.folder.world
    }

    /// The figure of a measure and year over all needs and ages, of one setting or all.
    fn figure(&self, measure: Measure, year: u16, setting: Option<usize>) -> &Figure {
        let wanted = |figure: &&Figure| {
            let keys = &figure.keys;
            (keys.measure, keys.year, keys.setting) == (measure, year, setting)
                && (keys.area, keys.need) == (None, None)
                && keys.age == AgeKey::All
        };
        self.figures.iter().find(wanted).unwrap_or_else(|| panic!("no {measure:?} of {year}, setting {setting:?}"))
    }

    /// The table as it stands now.
    fn table(&self) -> String {
        let world = self.world();
        let mut table = "measure,year,setting,principal,p10,p50,p90\n".to_string();
        let settings = self.world().settings.iter().map(|setting| setting.code.as_str());
        let settings: Vec<&str> = std::iter::once("all").chain(settings).collect();
        for year in [2025, 2028, 2035] {
            for (place, code) in settings.iter().enumerate() {
                table += &line(world, self.figure(Measure::Plans, year, place.checked_sub(1)), code);
            }
        }
        for flow in [Flow::NewPlans, Flow::Leavers] {
            for year in 2025..=2034 {
                table += &line(world, self.figure(Measure::Flow(flow), year, None), "all");
            }
        }
        for measure in [Measure::PlacesNeeded, Measure::Overflow, Measure::Waiting] {
            for setting in self.world().places.limited() {
                for september in [2024, 2027, 2034] {
                    let figure = self.figure(measure, september, Some(setting.index()));
                    table += &line(world, figure, &world.settings.of(setting).code);
                }
            }
        }
        for year in [2025, 2028, 2035] {
            table += &line(world, self.figure(Measure::SenSupport, year, None), "all");
        }
        for (number, service) in world.services.iter().enumerate() {
            let list = [LineFigure::List, LineFigure::MeanWait].into_iter().filter(|_| service.has_list());
            for figure in [LineFigure::Demanded, LineFigure::Delivered].into_iter().chain(list) {
                table += &line(world, self.figure(Measure::Service(figure, number), 2034, None), "all");
            }
        }
        table
    }

    /// Each line, payer, figure of the block and of the pool in three financial years.
    fn money_table(&self) -> String {
        let mut table = "financial_year,line,payer,prices,principal,p10,p50,p90\n".to_string();
        let lines = &self.world().money.as_ref().expect("Somerset has prices").lines;
        for figure in self.money.iter().filter(|figure| !figure.is_nothing()) {
            let MoneyKeys { year, item, payer, real } = figure.keys;
            let Some(year) = year.filter(|year| [2025, 2029, 2034].contains(&year.0)) else { continue };
            let line = match item {
                MoneyItem::AllLines => "all".to_string(),
                MoneyItem::Line(line) => lines[line].id.clone(),
                MoneyItem::Block(item) => item.code().to_string(),
                MoneyItem::Pool(item) => item.code(),
            };
            let (payer, prices) = (payer.map_or("all", Payer::code), if real { "real" } else { "nominal" });
            let [p10, p50, p90] = [1, 3, 5].map(|level| figure.spread.quantiles[level]);
            let principal = figure.principal;
            table += &format!("{year},{line},{payer},{prices},{principal:.2},{p10:.2},{p50:.2},{p90:.2}\n");
        }
        table
    }
}

fn line(world: &World, figure: &Figure, setting: &str) -> String {
    // p10, p50 and p90 among the published quantiles.
    let [p10, p50, p90] = [1, 3, 5].map(|level| figure.spread.quantiles[level]);
    let (measure, year) = (figure.keys.measure.name(world), figure.keys.year);
    format!("{measure},{year},{setting},{:.2},{p10:.1},{p50:.1},{p90:.1}\n", figure.principal)
}

fn golden_path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file)
}

/// Lines that differ, each as it was and as it is; line by line, as rows keep their places.
fn differing_lines(golden: &str, now: &str) -> Vec<String> {
    // A checkout may have put carriage returns in.
    let (golden, now): (Vec<&str>, Vec<&str>) = (golden.lines().collect(), now.lines().collect());
    let pairs = (0..golden.len().max(now.len())).map(|index| (golden.get(index), now.get(index)));
    let differing = pairs.enumerate().filter(|(_, (golden, now))| golden != now);
    let show = |line: Option<&&str>| line.map_or("(no such line)".to_string(), |line| line.to_string());
    differing
        .map(|(index, (golden, now))| format!("line {}\n  - {}\n  + {}", index + 1, show(golden), show(now)))
        .collect()
}

#[test]
fn the_forecast_of_somerset_is_the_golden_one() {
    assert_golden("somerset.csv", &somerset().table());
}

#[test]
fn the_costs_of_somerset_are_the_golden_ones() {
    assert_golden("somerset_money.csv", &somerset().money_table());
}

/// Compares a table with the golden one, or makes it that.
fn assert_golden(file: &str, now: &str) {
    let path = golden_path(file);
    if std::env::var(BLESS).is_ok_and(|value| !value.is_empty() && value != "0") {
        fs::create_dir_all(path.parent().expect("a folder of golden files")).expect("the folder can be made");
        fs::write(&path, now).expect("the golden file can be written");
    }
    let how = format!("{BLESS}=1 cargo test --test golden");
    let golden =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; to make it: {how}", path.display()));
    let differing = differing_lines(&golden, now);
    assert!(
        differing.is_empty(),
        "{} lines of {} differ (- golden, + now):\n{}\nif it is meant to: {how}",
        differing.len(),
        path.display(),
        differing.join("\n")
    );
}

#[test]
fn a_changed_a_missing_and_an_added_line_are_all_reported() {
    assert_eq!(differing_lines("a\nb\n", "a\r\nb\r\n"), Vec::<String>::new());
    assert_eq!(differing_lines("a\nb\n", "a\nc\n"), ["line 2\n  - b\n  + c"]);
    assert_eq!(differing_lines("a\nb\n", "a\n"), ["line 2\n  - b\n  + (no such line)"]);
    assert_eq!(differing_lines("a\n", "a\nb\n"), ["line 2\n  - (no such line)\n  + b"]);
}

// ---------------------------------------------------------------------------------------------
// The base census is as published, and blessing cannot change that.

#[test]
fn plans_of_january_2025_are_the_published_ones_by_setting_and_in_every_replicate() {
    let area = somerset();
    let all = area.figure(Measure::Plans, 2025, None);
    assert_eq!(all.principal, PLANS_2025);
    let observations = &area.world().evidence.observations;
    let published = observations
        .by_setting(Observed::Plans, 2025, area.world().settings.count())
        .expect("January 2025 is published by setting");
    assert_eq!(published.sum(), PLANS_2025);
    for (setting, count) in published.iter().enumerate() {
        let figure = area.figure(Measure::Plans, 2025, Some(setting));
        assert_eq!(figure.principal, *count, "setting {setting}");
        assert_eq!((figure.spread.mean, figure.spread.sd), (*count, 0.0), "setting {setting}");
    }
}

/// Sums of the fitted stock over the ages of each span.
fn over_spans(spans: &[AgeSpan], by_age: &Array2<u32>) -> Array2<f64> {
    let mut sums = Array2::zeros((spans.len(), by_age.ncols()));
    for (mut row, span) in sums.rows_mut().into_iter().zip(spans) {
        for age in span.ages() {
            row += &by_age.row(age.index()).mapv(f64::from);
        }
    }
    sums
}

fn stock_over(axis: usize) -> Array2<u32> {
    let stock: &Array3<u32> = &somerset().rates.stock;
    stock.sum_axis(Axis(axis))
}

/// Every cell that misses its published count, and that there is a whole census of them.
fn assert_meets(fitted: &Array2<f64>, published: &Array2<f64>) {
    assert_eq!(published.sum(), PLANS_2025, "the published margin is not a whole census");
    assert_eq!(fitted.dim(), published.dim());
    let cells = fitted.indexed_iter().zip(published.iter()).filter(|((_, fitted), published)| fitted != published);
    let missed: Vec<String> =
        cells.map(|((place, fitted), published)| format!("{place:?}: {fitted} for {published}")).collect();
    assert!(missed.is_empty(), "{} cells are missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn the_joint_stock_meets_the_published_margin_of_age_and_setting() {
    let world = somerset().world();
    let (spans, published) = world
        .evidence
        .observations
        .by_age_setting(Observed::Plans, 2025, world.settings.count())
        .expect("January 2025 is published by age and setting");
    assert_meets(&over_spans(&spans, &stock_over(1)), &published);
}

#[test]
fn the_joint_stock_meets_the_published_margin_of_age_and_need() {
    let world = somerset().world();
    let (spans, published) = world
        .evidence
        .observations
        .by_age_need(Observed::Plans, 2025, &world.needs)
        .expect("January 2025 is published by age and need");
    assert_meets(&over_spans(&spans, &stock_over(2)), &published);
}

#[test]
fn the_joint_stock_meets_the_published_margin_of_need_and_setting() {
    let world = somerset().world();
    let published = world
        .evidence
        .observations
        .by_need_setting(Observed::Plans, 2025, &world.needs, world.settings.count())
        .expect("January 2025 is published by need and setting");
    assert_meets(&stock_over(0).mapv(f64::from), &published);
}
