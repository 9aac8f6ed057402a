//! `draws/<scenario>.parquet`: every simulated future of every figure.

use super::csv_tables::key_texts;
use super::parquet::{DrawnFigure, DrawsFile};
use super::run_folder::{ReportError, RunFolder};
use crate::domain::run_record::RunRecord;
use crate::domain::world::World;
use crate::summary::figures::DrawnSeries;

/// Figures that are written together: some 20 MB of a thousand futures.
const GROUP: usize = 2_500;

/// Writes the draws of a scenario as they come, so that not all of them are in memory at once.
pub fn write_draws(
    out: &RunFolder,
    world: &World,
    record: &RunRecord,
    scenario: &str,
    blocks: impl Iterator<Item = Vec<DrawnSeries>>,
) -> Result<(), ReportError> {
    out.write_parquet(&format!("draws/{scenario}.parquet"), |file| {
        let mut draws = DrawsFile::start(file, record)?;
        let mut waiting: Vec<DrawnFigure> = Vec::new();
        for series in blocks.flatten() {
            let [scenario, area, _, measure, need, setting, age_group, unit] = key_texts(world, scenario, &series.keys);
            let keys = [scenario, area, measure, need, setting, age_group, unit];
            waiting.push(DrawnFigure { keys, year: series.keys.year, draws: series.draws });
            if waiting.len() == GROUP {
                draws.write(&waiting)?;
                waiting.clear();
            }
        }
        if !waiting.is_empty() {
            draws.write(&waiting)?;
        }
        draws.finish()
    })
}
