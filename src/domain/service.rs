//! Services commissioned by hours: who needs them, how much, and who delivers.
//!
//! A service has drivers, which say what work comes of which children or events, and staff by grade.
//! Work is of two kinds. Cases queue: they wait in the service's list until somebody has time, first come
//! first served. Ongoing hours are due in their month; what nobody delivers then has lapsed.

use super::age_group::AgeSpan;
use super::assumption::Confidence;
use super::codes::codes;
use super::need::Need;
use super::setting::SettingId;

codes! {
    /// What the work of a driver is counted by.
    Basis:
    Plans "plans" "Plans held, the mean of the year's two censuses.";
    SenSupport "sen_support" "Pupils on SEN support, likewise.";
    Population "population" "Residents at the census that opens the year.";
    Requests "requests" "Requests for an assessment in the year.";
    Assessments "assessments" "Assessments carried out.";
    Refusals "refusals" "Requests that led to no assessment.";
    NewPlans "new_plans" "Plans issued.";
    Reviews "reviews" "Annual reviews held of plans.";
    Appeals "appeals" "Appeals to the tribunal, of refusals and of what plans say.";
    Identified "identified" "Pupils new on SEN support.";
    Served "served" "Cases that the service `after` has served.";
}

impl Basis {
    pub fn has_ages(self) -> bool {
        !matches!(self, Basis::Requests | Basis::Assessments | Basis::Refusals | Basis::Appeals | Basis::Served)
    }

    pub fn has_needs(self) -> bool {
        matches!(self, Basis::Plans | Basis::SenSupport | Basis::NewPlans | Basis::Reviews | Basis::Identified)
    }

    pub fn has_settings(self) -> bool {
        matches!(self, Basis::Plans | Basis::NewPlans | Basis::Reviews)
    }

    /// Whether its cases can come from the list of another service.
    pub fn can_follow(self) -> bool {
        matches!(self, Basis::Assessments | Basis::NewPlans | Basis::Served)
    }

    /// Whether its children have no plan, and none in hand.
    pub fn is_early(self) -> bool {
        matches!(self, Basis::SenSupport | Basis::Identified | Basis::Population)
    }

    /// Whether it is a stock: hours are then per child and year.
    pub fn is_stock(self) -> bool {
        matches!(self, Basis::Plans | Basis::SenSupport | Basis::Population)
    }
}

codes! {
    /// How far work reaches.
    Tier:
    Universal "universal" "For all children, through those who work with them.";
    Targeted "targeted" "For children with a need, mostly in groups and for a time.";
    Specialist "specialist" "For single children, as their plan says.";
}

codes! {
    /// What becomes of work that nobody has time for.
    Serve:
    Queue "queue" "Cases wait until they are served.";
    Ongoing "ongoing" "Hours of a month that are not delivered lapse.";
}

codes! {
    /// Who commissions a service.
    Commissioner:
    LocalAuthority "la" "The local authority.";
    HealthBoard "icb" "The integrated care board.";
    Joint "joint" "Both together.";
    School "school" "Schools.";
}

codes! {
    /// The section of a plan that a service's work stands in: F binds the local authority, G the health
    /// board.
    Section:
    Educational "F" "Special educational provision.";
    Health "G" "Health provision.";
}

/// A number that is not known: low, central, high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub low: f64,
    pub central: f64,
    pub high: f64,
}

impl Estimate {
    pub fn certain(value: f64) -> Estimate {
        Estimate { low: value, central: value, high: value }
    }

    /// `None` unless 0 ≤ low ≤ central ≤ high, all finite.
    pub fn new(low: f64, central: f64, high: f64) -> Option<Estimate> {
        let ordered = 0.0 <= low && low <= central && central <= high && high.is_finite();
        ordered.then_some(Estimate { low, central, high })
    }

    /// The value at a uniform on (0, 1).
    ///
    /// Either side of the central value is even, and weighs (distance to the other end)/(high − low), so that
    /// the mean is the central value however lopsided the range: the mean over futures stays with the
    /// principal projection. Rejected: a triangle, whose mean is (low + central + high)/3.
    pub fn at(self, uniform: f64) -> f64 {
        let Estimate { low, central, high } = self;
        if high <= low {
            return central;
        }
        let below = (high - central) / (high - low);
        if uniform < below {
            low + (central - low) * uniform / below
        } else {
            central + (high - central) * (uniform - below) / (1.0 - below)
        }
    }
}

/// One kind of work of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    pub id: String,
    pub tier: Option<Tier>,
    pub of: Basis,
    /// All needs, and all settings, where none is listed.
    pub needs: Vec<Need>,
    pub ages: AgeSpan,
    pub settings: Vec<SettingId>,
    /// The tier of the pupils on SEN support; all where none is named.
    pub support_tier: Option<String>,
    pub serve: Serve,
    /// 1 is served first.
    pub priority: u8,
    /// The service whose list its cases leave before they come: one that is listed earlier.
    pub after: Option<String>,
    /// Share of those counted, or events per child and year.
    pub uptake: Estimate,
    /// How uptake grows; not at all where none is given.
    pub trend: Option<Trend>,
    /// Per child and year, or per case.
    pub hours: Estimate,
    /// Children who share the hours.
    pub group_size: f64,
    pub source: String,
    pub confidence: Confidence,
}

/// Yearly growth of a driver's uptake.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// The uptake of a year over that of the year before.
    pub factor: Estimate,
    pub source: String,
    pub confidence: Confidence,
}

/// What becomes of the children whom a service's list has served.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Share of them with a diagnosis.
    pub diagnosed: Estimate,
    /// The primary need that a plan then names, and the ages of those whom it concerns.
    pub need: Need,
    pub ages: AgeSpan,
    /// New plans in the year after, per diagnosis, that nobody would have without it.
    pub plans: Estimate,
    /// New plans in the year after, per diagnosis, that would have named another need.
    pub renamed: Estimate,
    pub source: String,
    pub confidence: Confidence,
}

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    pub year: u16,
    /// 0 is January.
    pub month: u8,
}

impl Month {
    /// `2026-09`.
    pub fn parse(text: &str) -> Option<Month> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return None;
        }
        let (year, month) = (year.parse::<u16>().ok()?, month.parse::<u8>().ok()?);
        ((1990..=2100).contains(&year) && (1..=12).contains(&month)).then(|| Month { year, month: month - 1 })
    }

    pub fn later(self, months: usize) -> Month {
        let all = usize::from(self.year) * 12 + usize::from(self.month) + months;
        Month { year: (all / 12) as u16, month: (all % 12) as u8 }
    }
}

/// Staff of a service who are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    pub id: String,
    /// Share of planned posts that are vacant at the start.
    pub vacancy: f64,
    /// Share of working time lost to sickness and leave beyond the usual.
    pub absence: f64,
    /// Hours with or for children per FTE and year, before absence.
    pub direct_hours: Estimate,
    /// Share of those in post who leave in a year.
    pub turnover: f64,
    /// Mean time to fill a vacancy; nobody is recruited where it is not given.
    pub months_to_recruit: Option<f64>,
    /// Planned FTE from a month on, in order; the first holds for all months before.
    pub establishment: Vec<(Month, f64)>,
    pub source: String,
    pub confidence: Confidence,
}

/// Weights of the months of a year; they sum to 12.
pub type Season = [f64; 12];

pub const EVEN: Season = [1.0; 12];

/// Anything commissioned by hours, sessions or assessments.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub id: String,
    pub name: String,
    pub profession: String,
    pub commissioner: Commissioner,
    pub section: Option<Section>,
    /// Longest wait by statute, guidance or agreement.
    pub standard_weeks: Option<f64>,
    /// Cases that wait at the base census.
    pub list_at_start: f64,
    pub arrivals: Season,
    pub capacity: Season,
    /// Agency or commissioned hours in a year, beside those of the staff, and their price.
    pub bought_hours: f64,
    pub price_per_hour: Option<f64>,
    pub drivers: Vec<Driver>,
    /// The service, listed later, whose staff it has the first call on; it has no grades of its own then.
    pub staff_of: Option<String>,
    pub grades: Vec<Grade>,
    /// Where it diagnoses.
    pub outcome: Option<Outcome>,
    pub source: String,
    pub confidence: Confidence,
}

impl Service {
    pub fn has_list(&self) -> bool {
        self.drivers.iter().any(|driver| driver.serve == Serve::Queue)
    }

    /// The service whose list its assessments and plans leave before they come; without such, that of its other cases.
    pub fn before(&self) -> Option<&str> {
        let after = |counted: bool| {
            let mut drivers = self.drivers.iter().filter(move |driver| (driver.of != Basis::Served) == counted);
            drivers.find_map(|driver| driver.after.as_deref())
        };
        after(true).or_else(|| after(false))
    }

    fn queues_after(&self, of: Basis) -> bool {
        self.drivers.iter().any(|driver| driver.of == of && driver.after.is_some())
    }

    /// Whether advice for assessments is among the cases of its list.
    pub fn gives_advice(&self) -> bool {
        self.drivers.iter().any(|driver| driver.serve == Serve::Queue && driver.of == Basis::Assessments)
    }
}

/// What an assessment of needs waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessmentPart {
    None,
    /// Whether to assess: advice is asked for after it.
    Decision,
    /// Cases of its list are advice.
    Advice,
    /// Plans are drafted, and signed off, after the advice.
    Draft,
}

/// The part of each service: advice comes of assessments that queue, what these wait for before decides, and whoever
/// writes plans after the advice drafts.
pub fn assessment_parts(services: &[Service]) -> Vec<AssessmentPart> {
    let find = |id: &str| services.iter().position(|service| service.id == id);
    let before = |number: usize| services[number].before().and_then(find);
    let mut parts: Vec<AssessmentPart> = services
        .iter()
        .map(|service| if service.gives_advice() { AssessmentPart::Advice } else { AssessmentPart::None })
        .collect();
    let advising = |parts: &[AssessmentPart], number: usize| parts[number] == AssessmentPart::Advice;
    for number in 0..services.len() {
        let own = parts.clone();
        let earlier = std::iter::successors(before(number), |number| before(*number));
        if advising(&own, number) {
            let deciding = earlier.filter(|earlier| !advising(&own, *earlier));
            deciding.for_each(|earlier| parts[earlier] = AssessmentPart::Decision);
        } else if services[number].queues_after(Basis::NewPlans) && earlier.into_iter().any(|n| advising(&own, n)) {
            parts[number] = AssessmentPart::Draft;
        }
    }
    parts
}

/// Services on which diagnoses depend, one entry a service: those whose lists end in one, those before them, and all
/// with whom these share staff.
pub fn pathways(services: &[Service]) -> Vec<bool> {
    let mut on: Vec<bool> = services.iter().map(|service| service.outcome.is_some()).collect();
    let team = |service: &Service| service.staff_of.clone().unwrap_or_else(|| service.id.clone());
    loop {
        let chosen = || services.iter().zip(&on).filter(|(_, on)| **on).map(|(service, _)| service);
        let before: Vec<&str> =
            chosen().flat_map(|service| &service.drivers).filter_map(|driver| driver.after.as_deref()).collect();
        let teams: Vec<String> = chosen().map(team).collect();
        let next: Vec<bool> = services
            .iter()
            .zip(&on)
            .map(|(service, on)| *on || before.contains(&service.id.as_str()) || teams.contains(&team(service)))
            .collect();
        if next == on {
            return on;
        }
        on = next;
    }
}

/// Services and tiers whose hours can be told by need, in the order of the drivers.
pub fn service_tiers(services: &[Service]) -> Vec<(usize, Tier)> {
    let mut tiers = Vec::new();
    for (number, service) in services.iter().enumerate() {
        for tier in service.drivers.iter().filter(|driver| driver.of.has_needs()).filter_map(|driver| driver.tier) {
            if !tiers.contains(&(number, tier)) {
                tiers.push((number, tier));
            }
        }
    }
    tiers
}

/// How many services, and drivers of all of them, there may be.
pub const MOST_SERVICES: usize = 200;
pub const MOST_DRIVERS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_has_its_central_value_as_its_mean() {
        for estimate in [(1.0, 2.0, 9.0), (0.0, 3.0, 3.0), (4.0, 4.0, 6.0), (5.0, 5.0, 5.0)] {
            let estimate = Estimate::new(estimate.0, estimate.1, estimate.2).expect("in order");
            let draws = 100_000;
            let values = (0..draws).map(|draw| estimate.at((f64::from(draw) + 0.5) / f64::from(draws)));
            let (mut sum, mut least, mut most) = (0.0, f64::MAX, f64::MIN);
            values.for_each(|value| (sum, least, most) = (sum + value, value.min(least), value.max(most)));
            assert!((sum / f64::from(draws) - estimate.central).abs() < 1e-4, "{estimate:?}");
            assert!(least >= estimate.low && most <= estimate.high);
        }
        assert_eq!(Estimate::new(2.0, 1.0, 3.0), None);
        assert_eq!(Estimate::new(-1.0, 1.0, 3.0), None);
        assert_eq!(Estimate::new(1.0, 1.0, f64::INFINITY), None);
    }

    #[test]
    fn months_are_read_and_counted_on() {
        let month = Month::parse("2026-09").expect("a month");
        assert_eq!(month, Month { year: 2026, month: 8 });
        assert_eq!(month.later(4), Month { year: 2027, month: 0 });
        assert!(
            ["2026", "2026-13", "2026-00", "26-09", "2026-9", "x-09", "2026-+9"]
                .iter()
                .all(|text| Month::parse(text).is_none())
        );
    }
}
