//! What a reader of costs has to know of the prices behind them: what seems to cost nothing, and what nobody can trace.

use super::problem::Problems;
use crate::domain::age_group::AgeGroup;
use crate::domain::assumption::Confidence;
use crate::domain::grid::Needs;
use crate::domain::money::{CostBasis, CostLine, FinancialYear, Money};
use crate::domain::need::Need;
use crate::domain::place::{Kind, Places, Provider};
use crate::domain::planning_area::Geography;
use crate::domain::service::Service;
use crate::domain::setting::Settings;
use crate::scenario::lever::{Change, Lever, Scenario};
use crate::scenario::service_lever::ServiceLever;

/// Notes on prices, beside the services, scenarios and places that they are for.
pub fn note_money(
    money: &Money,
    services: &[Service],
    scenarios: &[Scenario],
    (places, geography): (&Places, &Geography),
    (needs, settings, first): (&Needs, &Settings, FinancialYear),
    problems: &mut Problems,
) {
    note_unpriced_services(money, services, scenarios, problems);
    note_unknown_distances(money, places, geography, problems);
    note_odd_lines(money, services, scenarios, (places, first), problems);
    note_unpriced_plans(money, needs, settings, problems);
    let low = |all: &mut dyn Iterator<Item = Confidence>| all.filter(|own| *own == Confidence::Low).count();
    let lines = low(&mut money.lines.iter().map(|line| line.confidence));
    let upratings = low(&mut money.upratings.iter().map(|uprating| uprating.confidence));
    if lines + upratings > 0 {
        let (all_lines, all_upratings) = (money.lines.len(), money.upratings.len());
        problems.notes.push(format!(
            "money: {lines} of {all_lines} prices and {upratings} of {all_upratings} upratings have low confidence: they \
             need local values"
        ));
    }
}

/// Settings have a price each, or the tables are rejected: some needs or ages in them may have none.
fn note_unpriced_plans(money: &Money, needs: &Needs, settings: &Settings, problems: &mut Problems) {
    let lines: Vec<&CostLine> = money.lines.iter().filter(|line| line.of == CostBasis::Plans).collect();
    for (id, setting) in settings.ids().zip(settings.iter()) {
        let here = || lines.iter().filter(|line| line.settings.is_empty() || line.settings.contains(&id));
        let is_priced = |need: Need, group: AgeGroup| {
            let of_need = here().filter(|line| line.needs.is_empty() || line.needs.contains(&need));
            of_need.into_iter().any(|line| line.age_groups.is_empty() || line.age_groups.contains(&group))
        };
        let groups =
            || AgeGroup::ALL.into_iter().filter(|group| group.span().ages().any(|age| setting.ages.contains(age)));
        let without: Vec<String> = needs
            .iter()
            .filter(|need| groups().any(|group| !is_priced(*need, group)))
            .map(|need| need.to_string())
            .collect();
        if !without.is_empty() {
            let (code, without) = (&setting.code, without.join(", "));
            problems
                .notes
                .push(format!("money: plans in {code} with these needs have no price at some ages: {without}"));
        }
    }
}

/// Staff and hours without a price seem to cost nothing.
fn note_unpriced_services(money: &Money, services: &[Service], scenarios: &[Scenario], problems: &mut Problems) {
    let names = |service: &Service| service.id.clone();
    let of = |of: CostBasis| money.lines.iter().filter(move |line| line.of == of);
    let staffed = services.iter().filter(|service| service.staff_of.is_none() && !service.grades.is_empty());
    let is_priced = |service: &Service| {
        let mut own = of(CostBasis::Staff).filter(|line| line.service.as_deref() == Some(&service.id));
        own.clone().any(|line| line.grade.is_none())
            || service.grades.iter().all(|grade| own.any(|line| line.grade.as_deref() == Some(&grade.id)))
    };
    let without: Vec<String> = staffed.filter(|service| !is_priced(service)).map(names).collect();
    if !without.is_empty() {
        problems.notes.push(format!("money: staff of these services have no price: {}", without.join(", ")));
    }
    let buys = |service: &&Service| {
        let levers = scenarios.iter().flat_map(|scenario| &scenario.services);
        let is_own =
            |lever: &ServiceLever| matches!(lever, ServiceLever::Bought { service: own, .. } if *own == service.id);
        service.bought_hours > 0.0 || levers.into_iter().any(is_own)
    };
    let hours_cost = |service: &Service| {
        let mut lines = of(CostBasis::BoughtHours);
        service.price_per_hour.is_some() && lines.any(|line| line.service.as_ref().is_none_or(|own| *own == service.id))
    };
    let free: Vec<String> = services.iter().filter(buys).filter(|service| !hours_cost(service)).map(names).collect();
    if !free.is_empty() {
        problems.notes.push(format!(
            "money: hours that these services buy have no price, by price_per_hour in services.csv and a line of \
             bought_hours: {}",
            free.join(", ")
        ));
    }
}

/// Offers of early support, and places, that no line counts seem to cost nothing; lines may count nothing, or what
/// another counts.
fn note_odd_lines(
    money: &Money,
    services: &[Service],
    scenarios: &[Scenario],
    (places, first): (&Places, FinancialYear),
    problems: &mut Problems,
) {
    let of = |of: CostBasis| money.lines.iter().filter(move |line| line.of == of);
    let costs =
        |lever: &Lever| matches!(&lever.change, Change::EarlySupport { cost_per_pupil, .. } if *cost_per_pupil > 0.0);
    let offers: Vec<&str> = scenarios
        .iter()
        .filter(|scenario| scenario.levers.iter().any(costs))
        .map(|scenario| scenario.name.as_str())
        .collect();
    if !offers.is_empty() && of(CostBasis::EarlySupport).next().is_none() {
        let offers = offers.join(", ");
        problems
            .notes
            .push(format!("money: no line counts early_support: the offers of these scenarios cost nothing: {offers}"));
    }
    for line in of(CostBasis::EmptyPlaces).chain(of(CostBasis::PupilKm)) {
        let has_places = |own: &Provider| line.settings.is_empty() || line.settings.contains(&own.setting);
        if !places.providers.is_empty() && !places.providers.iter().any(has_places) {
            problems.notes.push(format!("money: {} counts providers of settings that have none: it is 0", line.id));
        }
    }
    for line in of(CostBasis::Staff) {
        let guest = services.iter().find(|own| line.service.as_ref() == Some(&own.id));
        if let Some(host) = guest.and_then(|own| own.staff_of.as_ref()) {
            problems
                .notes
                .push(format!("money: {} counts staff of a service that has those of {host}: it is 0", line.id));
        }
    }
    for line in &money.lines {
        if let Some((from, _)) = line.shares.first().filter(|(from, _)| *from > first) {
            let id = &line.id;
            problems
                .notes
                .push(format!("money: payers of {id} begin with {from}: they are taken for all years before, too"));
        }
    }
    for basis in [CostBasis::Staff, CostBasis::BoughtHours] {
        let lines: Vec<&CostLine> = of(basis).collect();
        let meet = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        for (place, line) in lines.iter().enumerate() {
            let same = |own: &&&CostLine| meet(&own.service, &line.service) && meet(&own.grade, &line.grade);
            if let Some(other) = lines[..place].iter().find(same) {
                problems.notes.push(format!("money: {} and {} count the same {}", other.id, line.id, basis.code()));
            }
        }
    }
}

/// Pupils whose way to school is not known seem to travel no distance.
fn note_unknown_distances(money: &Money, places: &Places, geography: &Geography, problems: &mut Problems) {
    let lines: Vec<&CostLine> = money.lines.iter().filter(|line| line.of == CostBasis::PupilKm).collect();
    let Some(line) = lines.first() else { return };
    if !geography.is_divided() {
        problems.notes.push(format!("money: {} counts kilometres, and there are no planning areas: it is 0", line.id));
        return;
    }
    let lost: Vec<&str> =
        geography.areas.iter().filter(|area| area.location.is_none()).map(|area| area.id.as_str()).collect();
    if !lost.is_empty() {
        let lost = lost.join(", ");
        problems.notes.push(format!("money: {} counts no kilometres from areas without a point: {lost}", line.id));
    }
    let listed = places.providers.iter().filter(|own| own.kind != Kind::NotListed && own.location.is_none());
    let nowhere: Vec<&str> = listed
        .filter(|own| own.area.is_none_or(|area| geography.areas[area].location.is_none()))
        .map(|own| own.id.as_str())
        .collect();
    if !nowhere.is_empty() {
        let nowhere = nowhere.join(", ");
        problems.notes.push(format!("money: {} counts no kilometres to providers without a point: {nowhere}", line.id));
    }
}
