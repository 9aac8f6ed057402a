//! The high needs block of the dedicated schools grant: what comes in, and what is owed.

use super::assumption::Confidence;
use super::codes::codes;
use super::money::FinancialYear;
use super::service::Estimate;

codes! {
    /// A figure of the block that an area knows or assumes.
    BlockFigure:
    Allocation "allocation" "Pounds of the block in a financial year; after the last one given it grows by the uprating `high_needs_income`.";
    Transfer "transfer" "Pounds from other blocks in a financial year; none where none is given.";
    OpeningDeficit "opening_deficit" "Pounds owed when a financial year opens, which is the first that is told.";
    StabilityGrant "stability_grant" "The share of what is owed at the end of a financial year that is paid off in the next.";
    OverrideEnds "override_ends" "The last financial year in which a deficit need not be met from the council's reserves.";
    Ceiling "ceiling" "Pounds that the deficit is to stay under.";
}

impl BlockFigure {
    pub fn unit(self) -> &'static str {
        match self {
            BlockFigure::StabilityGrant => "share of the deficit",
            _ => "pounds",
        }
    }

    /// Whether there is one for the block, not one for each year.
    pub fn is_single(self) -> bool {
        matches!(self, BlockFigure::OpeningDeficit | BlockFigure::OverrideEnds | BlockFigure::Ceiling)
    }
}

/// One figure of the block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockRow {
    pub figure: BlockFigure,
    /// Of a ceiling: none.
    pub year: Option<FinancialYear>,
    pub value: Estimate,
    pub source: String,
    pub confidence: Confidence,
}

/// The uprating by which allocations grow.
pub const HIGH_NEEDS_INCOME: &str = "high_needs_income";

/// All that is known of the block; there is at least one allocation, for the first year told or before it.
#[derive(Clone, Debug, PartialEq)]
pub struct HighNeedsBlock {
    pub rows: Vec<BlockRow>,
}

impl HighNeedsBlock {
    pub fn of(&self, figure: BlockFigure) -> impl Iterator<Item = &BlockRow> {
        self.rows.iter().filter(move |row| row.figure == figure)
    }

    pub fn in_year(&self, figure: BlockFigure, year: FinancialYear) -> Option<&BlockRow> {
        self.of(figure).find(|row| row.year == Some(year))
    }
}
