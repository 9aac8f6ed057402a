//! Random streams, samplers, distributions, quantiles, raking and regression.
//!
//! Knows nothing of plans or needs. Everything that reaches a result uses only + − × ÷, square
//! root and the `libm` crate, so that the same inputs give the same bits on every platform.

pub mod binomial;
pub mod binomials;
pub mod controlled_rounding;
pub mod disclosure;
pub mod gamma;
pub mod lanes;
pub mod logit_normal;
pub mod normal;
pub mod philox;
pub mod poisson;
pub mod poissons;
pub mod quantile;
pub mod raking;
pub mod regression;
pub mod robust;
pub mod rounding;
pub mod shrinkage;
pub mod stream;

/// 0, and then one over 1, 2, …
const fn reciprocals<const COUNT: usize>() -> [f64; COUNT] {
    let mut table = [0.0; COUNT];
    let mut k = 1;
    while k < COUNT {
        table[k] = 1.0 / k as f64;
        k += 1;
    }
    table
}
