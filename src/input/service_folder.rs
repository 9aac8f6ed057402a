//! The files of services in an area folder.

use std::path::Path;

use super::problem::Problems;
use super::service_parts::Surroundings;
use super::service_tables::{ServiceFiles, parse_services};
use super::table::{FileBytes, is_there, read_bytes};
use crate::domain::service::Service;

/// Files without which there are no services.
const NEEDED: [&str; 4] = ["services.csv", "drivers.csv", "staff.csv", "establishment.csv"];
/// Files that say more of them.
const OPTIONAL: [&str; 3] = ["seasons.csv", "trends.csv", "outcomes.csv"];

/// Services, where the folder has any.
pub fn read_services(
    folder: &Path,
    around: Surroundings,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Vec<Service>> {
    if !NEEDED.iter().chain(&OPTIONAL).any(|name| is_there(folder, name)) {
        return Some(Vec::new());
    }
    let needed = NEEDED.map(|name| read_bytes(folder, name, problems));
    let wanted = OPTIONAL.map(|name| is_there(folder, name));
    let optional: [Option<FileBytes>; 3] =
        std::array::from_fn(|place| if wanted[place] { read_bytes(folder, OPTIONAL[place], problems) } else { None });
    let readable = optional.iter().zip(wanted).all(|(file, wanted)| file.is_some() == wanted);
    let services = match &needed {
        [Some(services), Some(drivers), Some(staff), Some(establishment)] if readable => {
            let [seasons, trends, outcomes] = optional.each_ref().map(Option::as_ref);
            let files = ServiceFiles { services, drivers, staff, establishment, seasons, trends, outcomes };
            parse_services(&files, around, problems)
        }
        _ => None,
    };
    files.extend(needed.into_iter().chain(optional).flatten());
    services
}
