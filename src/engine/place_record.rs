//! Places and planning areas of a census, counted child by child into the row and into sums for the
//! ledger.

use super::layout::Layout;
use super::ledger::PlaceSums;
use crate::model::chance::Count;
use crate::model::place_model::{NONE, PlaceModel};
use crate::model::register::Register;
use crate::units::Age;

/// Records a census of places.
pub fn record_places<C: Count>(
    layout: Layout,
    census: usize,
    model: &PlaceModel,
    register: &Register<C>,
    sums: &mut PlaceSums<C>,
    row: &mut [C],
) {
    let nobody = C::default();
    let PlaceSums { own, lacking, pupils, plans } = sums;
    for sums in [&mut *own, lacking, pupils] {
        sums.clear();
        sums.resize(model.limited.len(), nobody);
    }
    plans.clear();
    plans.resize(layout.shape.settings, nobody);
    let (ages, needs) = (layout.lacking_ages(census).start, layout.lacking_needs(census).start);
    let (areas, area_plans) = (layout.lacking_areas(census).start, layout.area_plans(census).start);
    let divided = layout.places.areas > 0;
    for cell in 0..layout.shape.cells() {
        let (age, need, setting) = layout.shape.place(cell);
        for (area, count) in register.plain(cell).iter().enumerate() {
            plans[setting] += *count;
            if divided {
                row[area_plans + area * layout.shape.settings + setting] += *count;
            }
        }
        for alike in register.marked(cell) {
            let (mark, count) = (alike.mark, alike.count);
            let area = usize::from(mark.area);
            plans[setting] += count;
            if divided {
                row[area_plans + area * layout.shape.settings + setting] += count;
            }
            if mark.provider != NONE {
                let limited = usize::from(model.provider_setting[usize::from(mark.provider)]);
                pupils[limited] += count;
                if mark.wants == NONE {
                    own[limited] += count;
                }
            }
            if mark.wants != NONE {
                lacking[usize::from(mark.wants)] += count;
                let rule = model.rule(mark.wants, setting).expect("a rule led them there");
                row[ages + rule * Age::COUNT + age] += count;
                row[needs + rule * layout.shape.needs + need] += count;
                if divided {
                    row[areas + rule * layout.places.areas + area] += count;
                }
            }
        }
    }
    row[layout.filled(census)].copy_from_slice(register.filled());
}
