//! Staff in post, and the hours that a team has for those whose staff it is.

use needscast::domain::service::{Grade, Month, Service};
use needscast::scenario::service_lever::ServiceLever;

use crate::services_world::BASE;

/// The staff of a service that has grades.
pub struct Team<'a> {
    pub of: &'a Service,
    /// FTE in post by grade and month from the base census on.
    in_post: Vec<Vec<f64>>,
    /// Hours of an FTE and year by grade.
    per_fte: Vec<f64>,
}

impl Team<'_> {
    /// Its own, or that of the service whose staff it has the first call on.
    pub fn of<'a>(services: &'a [Service], service: &'a Service, levers: &[ServiceLever], years: usize) -> Team<'a> {
        let named = |id: &String| services.iter().find(|other| other.id == *id).expect("a service");
        let of = service.staff_of.as_ref().map_or(service, named);
        Team {
            of,
            in_post: of.grades.iter().map(|grade| staff_in_post(of, grade, levers, years * 12)).collect(),
            per_fte: of.grades.iter().map(|grade| grade.direct_hours.central * (1.0 - grade.absence)).collect(),
        }
    }

    /// Hours of a year if all months were as this one.
    fn yearly_hours(&self, month: usize) -> f64 {
        self.in_post.iter().zip(&self.per_fte).map(|(posts, hours)| posts[month] * hours).sum()
    }

    /// Hours of a month.
    pub fn hours(&self, month: usize) -> f64 {
        self.yearly_hours(month) * self.of.capacity[month % 12] / 12.0
    }

    /// The mean FTE of a year.
    pub fn fte(&self, year: usize) -> f64 {
        self.in_post.iter().map(|posts| posts[year * 12..year * 12 + 12].iter().sum::<f64>() / 12.0).sum()
    }

    /// The mean of those in post, or, where nobody is, the plain mean of the grades.
    pub fn hours_per_fte(&self, year: usize) -> f64 {
        let fte = self.fte(year);
        if fte == 0.0 {
            return self.per_fte.iter().sum::<f64>() / self.per_fte.len() as f64;
        }
        (year * 12..year * 12 + 12).map(|month| self.yearly_hours(month)).sum::<f64>() / 12.0 / fte
    }
}

/// FTE in post in each month.
///
/// In a month turnover/12 of those in post leave, and then each vacancy is filled with a probability of one in as
/// many months as it takes. Who is beyond the posts planned goes at once.
pub fn staff_in_post(service: &Service, grade: &Grade, levers: &[ServiceLever], months: usize) -> Vec<f64> {
    let ours = |of: &str, id: &str| of == service.id && id == grade.id;
    let mut in_post = Vec::new();
    let mut now = 0.0;
    for number in 0..months {
        let month = Month { year: BASE, month: 0 }.later(number);
        let mut planned = grade.establishment[0].1;
        for (_, posts) in grade.establishment.iter().filter(|(from, _)| *from <= month) {
            planned = *posts;
        }
        let mut to_recruit = grade.months_to_recruit;
        for lever in levers {
            match lever {
                ServiceLever::Staff { service, grade, from, added } if ours(service, grade) && *from <= month => {
                    planned += added;
                }
                ServiceLever::Recruitment { service, grade, from, months }
                    if ours(service, grade) && *from <= month =>
                {
                    to_recruit = Some(*months);
                }
                _ => {}
            }
        }
        planned = planned.max(0.0);
        now = match to_recruit {
            None => planned * (1.0 - grade.vacancy),
            Some(_) if number == 0 => planned * (1.0 - grade.vacancy),
            Some(months) => {
                let left = (now * (1.0 - grade.turnover / 12.0)).min(planned);
                left + (planned - left) * (1.0 / months).min(1.0)
            }
        };
        in_post.push(now);
    }
    in_post
}
