//! The engine beside the equations.

use std::fmt::Write;

use needscast::domain::rates::Rates;
use needscast::domain::service::Service;
use needscast::engine::batch::run_principal;
use needscast::engine::layout::{Flow, Layout, LineFigure, Margin};
use needscast::scenario::service_lever::ServiceLever;

use super::counts::Books;
use super::courses::run_services;
use crate::services_world::{NEEDS, engine, with_levers};

pub fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let near = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
    assert!(near, "{what}: the engine has {found}, the reference {expected}");
}

/// Each figure of each service, driver and tier, to a billionth; the 92 % wait to a quarter of a week.
pub fn assert_principal_agrees(rates: &Rates, services: &[Service], levers: &[ServiceLever]) {
    let (prepared, effects) = engine(rates, services, &with_levers(levers.to_vec()));
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let books = Books::new(rates, Layout::of(&prepared), &row);
    let wrong = differences(&books, services, levers);
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a row of the engine and the reference have differently.
pub fn differences(books: &Books, services: &[Service], levers: &[ServiceLever]) -> String {
    let Books { rates, layout, row, .. } = books;
    let courses = run_services(books, services, levers);
    let mut wrong = String::new();
    let mut compare = |found: f64, expected: f64, bin: f64, what: String| {
        if (found - expected).abs() > bin + 1e-9 * (1.0 + expected.abs()) {
            writeln!(wrong, "{what}: the engine has {found}, the reference {expected}").expect("a string takes all");
        }
    };
    for year in 0..rates.years {
        for need in 0..NEEDS {
            let all = books.plans[year].index_axis(ndarray::Axis(1), need).sum();
            compare(
                books.recorded(year, Flow::NewPlans, Margin::Need(need)),
                all,
                0.0,
                format!("plans of need {need}"),
            );
        }
        let events = [books.reviews(year), books.appeals(year)];
        for ((found, expected), what) in row[layout.events(year)].iter().zip(events).zip(["reviews", "appeals"]) {
            compare(found / 10.0, expected, 0.0, format!("{what} in year {year}"));
        }
        let hours = &row[layout.driver_hours(year)];
        let (mut number, mut tier) = (0, 0);
        for (line, (service, course)) in services.iter().zip(&courses).enumerate() {
            let (id, told) = (&service.id, &course.told[year]);
            for (figure, expected) in &told.figures {
                let found = row[layout.line(year, line)][*figure as usize] / figure.scale();
                let bin = if *figure == LineFigure::Wait92 { 0.25 } else { 0.0 };
                compare(found, *expected, bin, format!("{id}, {} in year {year}", figure.name()));
            }
            for (driver, expected) in service.drivers.iter().zip(&told.drivers) {
                let found = [hours[number] / 10.0, hours[layout.services.drivers + number] / 10.0];
                for ((found, expected), kind) in found.into_iter().zip(expected).zip(["demanded", "delivered"]) {
                    compare(found, *expected, 0.0, format!("{id}, {} {kind} in year {year}", driver.id));
                }
                number += 1;
            }
            for (kind, expected) in &told.tiers {
                for need in 0..NEEDS {
                    let found = row[layout.tier_hours(year)][tier * NEEDS + need] / 10.0;
                    compare(found, expected[need], 0.0, format!("{id}, {} of need {need} in year {year}", kind.code()));
                }
                tier += 1;
            }
        }
    }
    wrong
}
