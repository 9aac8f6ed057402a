//! Places and planning areas of a census, counted child by child into the row and into sums for the
//! ledger.
//!
//! Children of whom no more is known are spread over the areas as a multinomial number by setting, at the
//! mean share of their ages.

use super::layout::Layout;
use super::ledger::PlaceSums;
use crate::model::chance::{Address, Count};
use crate::model::lots::Lots;
use crate::model::place_model::{NONE, PlaceModel};
use crate::model::register::{Alike, Register};
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// Working memory.
#[derive(Clone, Debug)]
pub struct PlaceScratch<C> {
    pub sums: PlaceSums<C>,
    /// By age and setting: children of whom more is known.
    known: Vec<C>,
    shares: Vec<f64>,
}

impl<C> Default for PlaceScratch<C> {
    fn default() -> Self {
        let sums = PlaceSums { own: Vec::new(), lacking: Vec::new(), pupils: Vec::new(), plans: Vec::new() };
        PlaceScratch { sums, known: Vec::new(), shares: Vec::new() }
    }
}

/// Records a census of places, whose plans by age stand in the row already.
pub fn record_places<K: Lots>(
    chance: &K,
    layout: Layout,
    (census, january): (usize, u16),
    model: &PlaceModel,
    register: &Register<K::Count>,
    scratch: &mut PlaceScratch<K::Count>,
    row: &mut [K::Count],
) {
    let nobody = K::Count::default();
    let settings = layout.shape.settings;
    let PlaceSums { own, lacking, pupils, .. } = &mut scratch.sums;
    for sums in [&mut *own, lacking, pupils] {
        sums.clear();
        sums.resize(model.limited.len(), nobody);
    }
    row[layout.filled(census)].copy_from_slice(register.filled());
    for (limited, filled) in model.provider_setting.iter().zip(register.filled()) {
        pupils[usize::from(*limited)] += *filled;
    }
    own.copy_from_slice(pupils);
    scratch.known.clear();
    scratch.known.resize(Age::COUNT * settings, nobody);
    let starts = Starts::of(layout, census);
    let divided = layout.places.areas > 0;
    for age in 0..Age::COUNT {
        for (place, children) in register.sheet(age) {
            let (_, need, setting) = layout.shape.place(place);
            let mut known = nobody;
            for Alike { mark, count } in children {
                known += *count;
                let area = usize::from(mark.area);
                if divided {
                    row[starts.plans + area * settings + setting] += *count;
                    if mark.provider != NONE {
                        let far = count.to_f64() * model.hectometres(mark.area, mark.provider);
                        row[starts.travelled + usize::from(mark.provider)] += Count::nearest(far);
                    }
                }
                if mark.wants != NONE {
                    let rule = model.rule(mark.wants, setting).expect("a rule led them there");
                    row[starts.ages + rule * Age::COUNT + age] += *count;
                    row[starts.needs + rule * layout.shape.needs + need] += *count;
                    if divided {
                        row[starts.areas + rule * layout.places.areas + area] += *count;
                    }
                    lacking[usize::from(mark.wants)] += *count;
                    if let Some(guest_in) = model.limited(setting) {
                        own[usize::from(guest_in)] = own[usize::from(guest_in)] - *count;
                    }
                }
            }
            scratch.known[age * settings + setting] += known;
        }
    }
    if divided {
        spread_over_areas(chance, layout, (census, january), model, scratch, row);
    }
}

/// Where the sections of a census start in a row.
struct Starts {
    ages: usize,
    needs: usize,
    areas: usize,
    plans: usize,
    travelled: usize,
}

impl Starts {
    fn of(layout: Layout, census: usize) -> Starts {
        Starts {
            ages: layout.lacking_ages(census).start,
            needs: layout.lacking_needs(census).start,
            areas: layout.lacking_areas(census).start,
            plans: layout.area_plans(census).start,
            travelled: layout.travelled(census).start,
        }
    }
}

/// All others.
fn spread_over_areas<K: Lots>(
    chance: &K,
    layout: Layout,
    (census, january): (usize, u16),
    model: &PlaceModel,
    scratch: &mut PlaceScratch<K::Count>,
    row: &mut [K::Count],
) {
    let (settings, areas) = (layout.shape.settings, layout.places.areas);
    let (ages, plans) = (layout.stock_ages(census).start, layout.area_plans(census).start);
    let PlaceScratch { sums, known, shares } = scratch;
    sums.plans.clear();
    for setting in 0..settings {
        shares.clear();
        shares.resize(areas, 0.0);
        let mut others = K::Count::default();
        for age in 0..Age::COUNT {
            let count = row[ages + age * settings + setting] - known[age * settings + setting];
            if count > K::Count::default() {
                others += count;
                let mut below = 0.0;
                for (share, up_to) in shares.iter_mut().zip(model.area_shares(census, age, setting)) {
                    *share += count.to_f64() * (up_to - below);
                    below = *up_to;
                }
            }
        }
        let total = others.to_f64();
        if total > 0.0 {
            shares.iter_mut().for_each(|share| *share /= total);
            let at = Address { mechanism: Mechanism::AreaOfPlans, year: january, unit: setting as u32 };
            chance.share_out(at, others, shares, |area, count| row[plans + area * settings + setting] += count);
        }
        let mut sum = K::Count::default();
        (0..areas).for_each(|area| sum += row[plans + area * settings + setting]);
        sums.plans.push(sum);
    }
}
