//! Which figures are published, and how each is summed from a replicate's row.
//!
//! Quantities are summed within a replicate before any quantile is taken; medians are never added.

use serde::{Deserialize, Serialize};

use super::place_series::{place_keys, sum_places};
use super::service_series::{
    service_keys, shares_in_time, sum_services, sum_support, sum_support_tiers, support_flow_keys, support_keys,
    time_keys,
};
use super::timeliness::{Deadline, Future, Timeliness};
use crate::domain::age_group::AgeGroup;
use crate::domain::place::Phase;
use crate::domain::service::service_tiers;
use crate::domain::world::World;
use crate::engine::layout::{Flow, HOURS, Layout, LineFigure, Margin, ServiceEvent, SupportFlow, TIER_PUPILS};
use crate::model::chance::Count;
use crate::model::place_model::PlaceModel;
use crate::model::service_model::ServiceModel;
use crate::units::Age;

/// What the rows of a run hold.
#[derive(Clone, Copy)]
pub struct Series<'a> {
    pub layout: Layout,
    pub base: u16,
    pub places: Option<&'a PlaceModel>,
    pub services: Option<&'a ServiceModel>,
    /// Where assessments wait for advice.
    pub timeliness: Option<&'a Timeliness>,
}

/// The keys of a figure; `None` is "all".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    pub measure: Measure,
    /// January of a stock, calendar year of a flow, September of places.
    pub year: u16,
    /// Number of a planning area.
    pub area: Option<usize>,
    pub need: Option<usize>,
    pub setting: Option<usize>,
    pub age: AgeKey,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    Plans,
    /// Plans by single year of age: a measure of its own, so that age groups are not added to ages.
    PlansByAge,
    /// The same by the setting that children need: where they lack a place, if they do.
    PlansByAgeNeeded,
    Flow(Flow),
    /// Children who need a place in a setting: placed + overflow + waiting.
    PlacesNeeded,
    /// Those of them who have one.
    Placed,
    /// Those who are in another setting instead, or wait.
    Overflow,
    Waiting,
    /// Overflow + waiting.
    Shortfall,
    /// Overflow and waiting for a limited setting, by where they are.
    LackingFrom(usize),
    /// Pupils there is room for.
    Places,
    /// Pupils over places.
    Occupancy,
    /// Share of futures in which more places are needed than there are.
    ProbabilityShort,
    /// Share of futures in which a child who needs a place has none.
    ProbabilityWithout,
    /// The fewest places that nine futures in ten need no more than.
    PlacesFor90,
    /// The first September in which places are short in more than 50 or 80 % of futures.
    FirstShort50,
    FirstShort80,
    /// Pupils on SEN support.
    SenSupport,
    /// Those of a tier, by its number.
    SupportTier(usize),
    SupportFlow(SupportFlow),
    /// Pupils with an offer of early support, and its cost.
    PupilsOffered,
    OffersCost,
    /// Of a service, by its number.
    Service(LineFigure, usize),
    /// Share of plans, or stages of their assessment, in time.
    InTime(Deadline),
    ServiceEvent(ServiceEvent),
    /// Hours of a kind of work, by its number among those of all services.
    WorkDemanded(usize),
    WorkDelivered(usize),
    /// Hours that children with a need take of a service and tier, by its number.
    TierDemanded(usize),
}

impl Measure {
    /// The value of the column `measure`.
    pub fn name(self, world: &World) -> String {
        let service = |number: usize| &world.services[number].id;
        let work = |number: usize| {
            let mut all = world.services.iter().flat_map(|s| s.drivers.iter().map(move |driver| (s, driver)));
            let (service, driver) = all.nth(number).expect("a driver of the run");
            format!("{}_{}", service.id, driver.id)
        };
        let name = match self {
            Measure::Plans => "plans",
            Measure::PlansByAge => "plans_by_age",
            Measure::PlansByAgeNeeded => "plans_by_age_needed",
            Measure::Flow(flow) => flow.name(),
            Measure::PlacesNeeded => "places_needed",
            Measure::Placed => "placed",
            Measure::Overflow => "overflow",
            Measure::Waiting => "waiting",
            Measure::Shortfall => "shortfall",
            Measure::LackingFrom(from) => {
                let setting = world.settings.iter().nth(from).expect("a setting of the run");
                return format!("shortfall_of_{}_by_setting", setting.code);
            }
            Measure::SenSupport => "sen_support",
            Measure::SupportTier(tier) => return support_tier_name(world, tier),
            Measure::SupportFlow(flow) => flow.name(),
            Measure::PupilsOffered => "early_support_pupils",
            Measure::OffersCost => "early_support_cost",
            Measure::InTime(deadline) => deadline.name(),
            Measure::ServiceEvent(event) => event.name(),
            Measure::Service(figure, line) => return format!("{}_of_{}", figure.name(), service(line)),
            Measure::WorkDemanded(driver) => return format!("hours_demanded_for_{}", work(driver)),
            Measure::WorkDelivered(driver) => return format!("hours_delivered_for_{}", work(driver)),
            Measure::TierDemanded(tier) => return tier_name(world, tier),
            Measure::Places => "places",
            Measure::Occupancy => "occupancy",
            Measure::ProbabilityShort => "probability_short",
            Measure::ProbabilityWithout => "probability_without_place",
            Measure::PlacesFor90 => "places_for_90_percent",
            Measure::FirstShort50 => "first_september_short_50_percent",
            Measure::FirstShort80 => "first_september_short_80_percent",
        };
        name.to_string()
    }

    /// Whether figures are shares: of places, of futures, or of children served.
    pub fn is_share(self) -> bool {
        matches!(
            self,
            Measure::Occupancy
                | Measure::ProbabilityShort
                | Measure::ProbabilityWithout
                | Measure::InTime(_)
                | Measure::Service(LineFigure::Within, _)
        )
    }

    /// How many whole units of a row make one of the figure's.
    pub fn scale(self) -> f64 {
        match self {
            Measure::Service(figure, _) => figure.scale(),
            Measure::InTime(_) => LineFigure::Within.scale(),
            Measure::WorkDemanded(_) | Measure::WorkDelivered(_) | Measure::TierDemanded(_) => HOURS,
            Measure::ServiceEvent(_) => ServiceEvent::SCALE,
            Measure::SupportTier(_) | Measure::PupilsOffered => TIER_PUPILS,
            _ => 1.0,
        }
    }

    /// The value of the column `unit`.
    pub fn unit(self) -> &'static str {
        match self {
            Measure::Flow(Flow::Requests) => "requests",
            Measure::Flow(Flow::Assessments) => "assessments",
            Measure::PlacesNeeded | Measure::Places | Measure::PlacesFor90 => "places",
            Measure::Occupancy => "plans per place",
            Measure::ProbabilityShort | Measure::ProbabilityWithout => "probability",
            Measure::FirstShort50 | Measure::FirstShort80 => "september",
            Measure::SenSupport | Measure::SupportTier(_) | Measure::SupportFlow(_) | Measure::PupilsOffered => {
                "pupils"
            }
            Measure::OffersCost => "pounds",
            Measure::Service(figure, _) => figure.unit(),
            Measure::InTime(_) => LineFigure::Within.unit(),
            Measure::ServiceEvent(event) => event.unit(),
            Measure::WorkDemanded(_) | Measure::WorkDelivered(_) | Measure::TierDemanded(_) => "hours",
            _ => "plans",
        }
    }
}

/// The value of the column `age_group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgeKey {
    All,
    Group(AgeGroup),
    Phase(Phase),
    Single(Age),
}

/// A block of figures that are summed together: one census or one calendar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    Plans {
        census: usize,
    },
    PlansByAge {
        census: usize,
    },
    Flows {
        year: usize,
    },
    /// Places and planning areas at a census.
    Places {
        census: usize,
    },
    /// SEN support at a census.
    Support {
        census: usize,
    },
    /// Flows of SEN support, and services, in a calendar year.
    Services {
        year: usize,
    },
}

impl Series<'_> {
    /// All blocks of a run, in the order of publication.
    pub fn blocks(self) -> Vec<Block> {
        let censuses = || 0..=self.layout.years;
        let plans = censuses().map(|census| Block::Plans { census });
        let ages = censuses().map(|census| Block::PlansByAge { census });
        let flows = (0..self.layout.years).map(|year| Block::Flows { year });
        let places = censuses().filter(|_| self.places.is_some()).map(|census| Block::Places { census });
        let support = censuses().filter(|_| self.layout.services.support).map(|census| Block::Support { census });
        let told = self.layout.services.support || self.services.is_some();
        let services = (0..self.layout.years).filter(|_| told).map(|year| Block::Services { year });
        plans.chain(ages).chain(flows).chain(places).chain(support).chain(services).collect()
    }
}

impl Block {
    /// The keys of the block's figures, in the order of [`Block::sum`].
    pub fn keys(self, series: Series) -> Vec<Keys> {
        let Series { layout, base, places, services, timeliness } = series;
        let options = |count: usize| std::iter::once(None).chain((0..count).map(Some));
        let mut keys = Vec::new();
        match self {
            Block::Plans { census } => {
                let year = base + census as u16;
                for need in options(layout.shape.needs) {
                    for setting in options(layout.shape.settings) {
                        for age in group_keys() {
                            keys.push(Keys { measure: Measure::Plans, year, area: None, need, setting, age });
                        }
                    }
                }
            }
            Block::PlansByAge { census } => {
                let year = base + census as u16;
                for age in Age::all().map(AgeKey::Single) {
                    for setting in options(layout.shape.settings) {
                        let measure = Measure::PlansByAge;
                        keys.push(Keys { measure, year, area: None, need: None, setting, age });
                    }
                }
            }
            Block::Flows { year } => {
                for flow in Flow::ALL {
                    for margin in margins(layout) {
                        keys.push(flow_keys(*flow, base + year as u16, margin));
                    }
                }
            }
            Block::Places { census } => {
                keys.extend(places.into_iter().flat_map(|model| place_keys(layout, model, base, census)));
            }
            Block::Support { census } => keys.extend(support_keys(layout, base + census as u16)),
            Block::Services { year } => {
                let year = base + year as u16;
                keys.extend(support_flow_keys(layout, year));
                keys.extend(services.into_iter().flat_map(|model| service_keys(layout, model, year)));
                keys.extend(timeliness.and(services).into_iter().flat_map(|model| time_keys(model, year)));
            }
        }
        keys
    }

    /// The block's figures of one future, written over `figures`.
    pub fn sum<T: Count>(self, series: Series, future: Future, row: &[T], figures: &mut Vec<T>) {
        let Series { layout, places, services, timeliness, .. } = series;
        figures.clear();
        match self {
            Block::Plans { census } => sum_groups(layout, &row[layout.stock_groups(census)], figures),
            Block::PlansByAge { census } => {
                for ages in row[layout.stock_ages(census)].chunks_exact(layout.shape.settings) {
                    let mut total = T::default();
                    ages.iter().for_each(|count| total += *count);
                    figures.push(total);
                    figures.extend_from_slice(ages);
                }
            }
            Block::Flows { year } => {
                for flow in Flow::ALL {
                    figures.extend_from_slice(&row[layout.flow(year, *flow)]);
                }
            }
            Block::Places { census } => {
                if let Some(model) = places {
                    sum_places(layout, model, census, row, figures);
                }
            }
            Block::Support { census } => {
                sum_support(layout, &row[layout.support_stock(census)], figures);
                sum_support_tiers(layout, census, row, figures);
            }
            Block::Services { year } => {
                for flow in SupportFlow::ALL {
                    sum_support(layout, &row[layout.support_flow(year, flow)], figures);
                }
                figures.extend_from_slice(&row[layout.offers(year)]);
                if let Some(model) = services {
                    sum_services(layout, model, year, row, figures);
                    let shares = |timeliness| shares_in_time(layout, model, (timeliness, future), year, row);
                    figures.extend(timeliness.into_iter().flat_map(shares));
                }
            }
        }
    }
}

/// Hours of the tiers that are told by need: `hours_demanded_of_therapy_tier_targeted`.
fn tier_name(world: &World, tier: usize) -> String {
    let (line, tier) = service_tiers(&world.services)[tier];
    format!("hours_demanded_of_{}_tier_{}", world.services[line].id, tier.code())
}

fn support_tier_name(world: &World, tier: usize) -> String {
    let tiers = world.sen_support.as_ref().map_or(&[][..], |support| &support.tiers);
    format!("sen_support_tier_{}", tiers[tier].id)
}

fn group_keys() -> impl Iterator<Item = AgeKey> {
    std::iter::once(AgeKey::All).chain(AgeGroup::ALL.into_iter().map(AgeKey::Group))
}

/// Margins in the order of [`Layout::margin`].
fn margins(layout: Layout) -> impl Iterator<Item = Margin> {
    std::iter::once(Margin::Total)
        .chain((0..layout.shape.settings).map(Margin::Setting))
        .chain((0..layout.shape.needs).map(Margin::Need))
        .chain((0..AgeGroup::ALL.len()).map(Margin::Group))
}

fn flow_keys(flow: Flow, year: u16, margin: Margin) -> Keys {
    let measure = Measure::Flow(flow);
    let mut keys = Keys { measure, year, area: None, need: None, setting: None, age: AgeKey::All };
    match margin {
        Margin::Total => {}
        Margin::Setting(setting) => keys.setting = Some(setting),
        Margin::Need(need) => keys.need = Some(need),
        Margin::Group(group) => keys.age = AgeKey::Group(AgeGroup::ALL[group]),
    }
    keys
}

/// Every combination of (all or one) need, setting and age group.
fn sum_groups<T: Count>(layout: Layout, cells: &[T], figures: &mut Vec<T>) {
    let (needs, settings, groups) = (layout.shape.needs, layout.shape.settings, AgeGroup::ALL.len());
    let place = |need: usize, setting: usize, age: usize| (need * (settings + 1) + setting) * (groups + 1) + age;
    figures.resize((needs + 1) * (settings + 1) * (groups + 1), T::default());
    for need in 0..needs {
        for setting in 0..settings {
            for group in 0..groups {
                let count = cells[layout.group_cell(need, setting, group)];
                for need in [0, need + 1] {
                    for setting in [0, setting + 1] {
                        figures[place(need, setting, 0)] += count;
                        figures[place(need, setting, group + 1)] += count;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::grid::Shape;
    use crate::engine::layout::{PlaceShape, ServiceShape};

    const SERIES: Series = Series { layout: LAYOUT, base: 2025, places: None, services: None, timeliness: None };

    const LAYOUT: Layout = Layout {
        shape: Shape { needs: 2, settings: 3 },
        years: 1,
        places: PlaceShape { rules: 0, areas: 0, providers: 0 },
        services: ServiceShape { support: false, support_tiers: 0, lines: 0, drivers: 0, tiers: 0 },
    };

    #[test]
    fn each_block_has_as_many_keys_as_figures() {
        let row: Vec<u32> = (0..LAYOUT.width() as u32).collect();
        let mut figures = Vec::new();
        for block in SERIES.blocks() {
            block.sum(SERIES, Future::Principal, &row, &mut figures);
            assert_eq!(block.keys(SERIES).len(), figures.len(), "{block:?}");
        }
    }

    #[test]
    fn margins_of_plans_are_sums_of_their_cells() {
        let mut row = vec![0u32; LAYOUT.width()];
        let start = LAYOUT.stock_groups(0).start;
        row[start + LAYOUT.group_cell(0, 1, 2)] = 5;
        row[start + LAYOUT.group_cell(1, 1, 4)] = 7;
        let block = Block::Plans { census: 0 };
        let mut figures = Vec::new();
        block.sum(SERIES, Future::Principal, &row, &mut figures);
        let find = |need, setting, age| {
            let wanted = Keys { measure: Measure::Plans, year: 2025, area: None, need, setting, age };
            let place = block.keys(SERIES).iter().position(|k| *k == wanted).expect("a published figure");
            figures[place]
        };
        assert_eq!(find(None, None, AgeKey::All), 12);
        assert_eq!(find(None, Some(1), AgeKey::All), 12);
        assert_eq!(find(Some(0), None, AgeKey::All), 5);
        assert_eq!(find(None, None, AgeKey::Group(AgeGroup::From20To25)), 7);
        assert_eq!(find(Some(1), Some(0), AgeKey::All), 0);
    }
}
