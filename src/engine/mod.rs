//! Step order, replicates, batches, and the ledger of identities. Returns results; writes nothing.

pub mod backtest;
pub mod batch;
pub mod calibration;
pub mod layout;
pub mod ledger;
pub mod money;
pub mod place_record;
pub mod replicate;
mod service_record;
