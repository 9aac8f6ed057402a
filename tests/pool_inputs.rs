//! What the checks of a pooled fund reject, how they say it, and what a run tells of one. A copy of the synthetic area
//! `tests/data/tiny` with made-up prices and a pool.

mod pack;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use needscast::domain::money::{FinancialYear, Payer};
use needscast::domain::pool::Share;
use tempfile::TempDir;

use pack::{Pack, copy_files, reject_each};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");
const POOL: &str = "pool.toml";

/// Special schools cost £10,000 a plan, half of it paid by the high needs block and half by the integrated care board.
const PRICES: &str = "\
line,name,of,settings,needs,age_groups,service,low,price,high,price_year,uprating,source,confidence
others,Others,plans,mainstream further_education,,,,0,0,0,2025-26,flat,made up,high
special,Special schools,plans,state_special,,,,8000,10000,12000,2025-26,flat,made up,high
panel,Panel,year,,,,,40000,40000,40000,2025-26,flat,made up,high
";

const PAYERS: &str = "\
line,payer,share,from,source
others,schools,1,,made up
special,high_needs_block,0.5,,made up
special,icb,0.5,,made up
panel,high_needs_block,0.25,,made up
panel,icb,0.75,,made up
";

const UPRATING: &str = "\
uprating,from,until,low,rate,high,source,confidence
flat,2026-27,2028-29,0,0,0,made up,high
pay,2026-27,2028-29,0.02,0.03,0.04,made up,high
inflation,2026-27,2028-29,0.01,0.02,0.03,made up,high
";

const FUND: &str = "\
name = \"Special schools\"
host = \"icb\"
from = \"2026-27\"
price_year = \"2025-26\"
uprating = \"pay\"
keep_most = 0.05
risk_pool = 1000
cap = 0.1
source = \"made up\"
confidence = \"high\"

[[partner]]
payer = \"high_needs_block\"
quarters = [100, 200, 300, 400]
fixed_quarters = [2500, 2500, 2500, 2500]

[[partner]]
payer = \"icb\"
quarters = [250, 250, 250, 250.5]

[[line]]
line = \"special\"
share = \"variable\"

[[line]]
line = \"panel\"
share = \"fixed\"
";

fn with_pool() -> Pack {
    let pack = Pack(TempDir::new().expect("a temporary folder"));
    copy_files(Path::new(TINY), pack.0.path());
    [("prices.csv", PRICES), ("payers.csv", PAYERS), ("uprating.csv", UPRATING), (POOL, FUND)]
        .into_iter()
        .fold(pack, |pack, (file, text)| pack.write(file, text))
}

#[test]
fn a_pool_is_read_as_it_stands() {
    let folder = with_pool().accept();
    let pool = folder.world.money.and_then(|money| money.pool).expect("a pool");
    assert_eq!((pool.host, pool.from, pool.price_year), (Payer::HealthBoard, FinancialYear(2026), FinancialYear(2025)));
    assert_eq!((pool.keep_most, pool.risk_pool, pool.cap), (0.05, 1000.0, 0.1));
    let partners: Vec<_> = pool.partners.iter().map(|own| (own.payer, own.quarters, own.fixed_quarters)).collect();
    let expected = [
        (Payer::HighNeeds, [100.0, 200.0, 300.0, 400.0], [2500.0; 4]),
        (Payer::HealthBoard, [250.0, 250.0, 250.0, 250.5], [0.0; 4]),
    ];
    assert_eq!(partners, expected);
    let lines: Vec<_> = pool.lines.iter().map(|own| (own.line.as_str(), own.kind)).collect();
    assert_eq!(lines, [("special", Share::Variable), ("panel", Share::Fixed)]);
}

#[test]
fn partners_are_payers_who_contribute() {
    reject_each(
        with_pool,
        POOL,
        r#"
        payer = "icb" -> payer = "ibc" => :18: payer 'ibc' is not a payer (did you mean 'icb'?)
        payer = "icb" -> payer = "nhs_england" => :18: payer 'nhs_england' is not a payer (known: high_needs_block, la_general_fund, icb, schools, dfe_grants)
        host = "icb" -> host = "schools" => :2: host 'schools' is no partner (a [[partner]] with this payer)
        [100, 200, 300, 400] -> [100, -200, 300, 400] => :14: quarters '[100.0, -200.0, 300.0, 400.0]' has a contribution below 0 (pounds of each quarter)
        [100, 200, 300, 400] -> [100, 200, 300] => :14: quarters '[100.0, 200.0, 300.0]' are not four quarters (four numbers, April to June first)
        [100, 200, 300, 400] -> [100, 200, 300, nan] => :14: quarters '[100.0, 200.0, 300.0, NaN]' is out of bounds (pounds, 0 to 1000000000)
        [100, 200, 300, 400]\nfixed_quarters = [2500, 2500, 2500, 2500]\n\n[[partner]]\npayer = "icb"\nquarters = [250, 250, 250, 250.5] -> [0, 0, 0, 0]\n[[partner]]\npayer = "icb" => : has no contributions (quarters = [April to June, July to September, October to December, January to March])
        "#,
    );
    let once = with_pool().replace(POOL, "payer = \"high_needs_block\"", "payer = \"icb\"");
    once.reject(&["pool.toml:18: payer 'icb' is a partner twice"]);
}

#[test]
fn lines_and_years_of_a_pool_are_those_of_the_prices() {
    reject_each(
        with_pool,
        POOL,
        r#"
        line = "special" -> line = "specials" => :22: line 'specials' is not in prices.csv (did you mean 'special'?)
        share = "fixed" -> share = "fix" => :27: share 'fix' is not a kind of share (did you mean 'fixed'?)
        from = "2026-27" -> from = "2026" => :3: from '2026' is not a financial year (such as 2026-27)
        uprating = "pay" -> uprating = "pays" => :5: uprating 'pays' is not in uprating.csv (did you mean 'pay'?)
        price_year = "2025-26" -> price_year = "2023-24" => :5: uprating 'pay' has no rate for 2024-25 (contributions of 2023-24 are wanted until 2028-29)
        keep_most = 0.05 -> keep_most = 5 => :6: keep_most '5' is out of bounds (a share, 0 to 1)
        risk_pool = 1000 -> risk_pool = -1 => :7: risk_pool '-1' is out of bounds (pounds, 0 to 1000000000)
        cap = 0.1 -> collar = -0.1 => :8: collar '-0.1' is out of bounds (a share of the contribution, 0 to 10)
        cap = 0.1 -> cap = 11 => :8: cap '11' is out of bounds (a share of the contribution, 0 to 10)
        confidence = "high" -> confidence = "sure" => :10: confidence 'sure' is not a known confidence (known: high, medium, low)
        cap = 0.1 -> caps = 0.1 => :8: unknown field `caps`, expected one of `name`, `host`, `from`, `uprating`, `price_year`, `keep_most`, `risk_pool`, `cap`, `collar`, `source`, `confidence`, `partner`, `line`
        "#,
    );
    let twice = with_pool().add(POOL, "\n[[line]]\nline = \"special\"\nshare = \"fixed\"\n");
    twice.reject(&["pool.toml:30: line 'special' is in the pool twice"]);
    let alone = with_pool().delete("prices.csv").delete("payers.csv").delete("uprating.csv");
    alone.reject(&["pool.toml: is there, and there are no prices (what it pays for are lines of prices.csv)"]);
}

#[test]
fn a_pool_that_may_not_be_meant_is_noted() {
    let notes = with_pool().replace(POOL, "source = \"made up\"", "source = \"\"").accept().notes;
    assert!(notes.contains(&"pool.toml: the agreement has low confidence: it needs local values".to_string()));
    let notes = with_pool().replace(POOL, "from = \"2026-27\"", "from = \"2029-30\"").accept().notes;
    let late = "pool.toml: the pool begins with 2029-30, and costs are told until 2028-29: none is settled".to_string();
    assert!(notes.contains(&late), "{notes:?}");
    let notes = with_pool().replace(POOL, "line = \"panel\"", "line = \"others\"").accept().notes;
    let none = "pool.toml: no partner pays for others by payers.csv: the pool takes nothing over of it".to_string();
    assert!(notes.contains(&none), "{notes:?}");
    let notes = with_pool().replace(POOL, "[250, 250, 250, 250.5]", "[25e6, 25e6, 25e6, 26e6]").accept().notes;
    assert!(
        notes.contains(&"pool.toml: partners contribute £101011000 a year: are these pence?".to_string()),
        "{notes:?}"
    );
}

#[test]
fn contributions_to_nothing_and_pools_begun_before_are_noted() {
    let noted = |pack: Pack, note: &str| {
        let notes = pack.accept().notes;
        assert!(notes.contains(&format!("pool.toml: {note}")), "no {note} in {notes:?}");
    };
    let variable = || with_pool().replace(POOL, "share = \"fixed\"", "share = \"variable\"");
    noted(variable(), "high_needs_block contributes to lines of fixed share, and there are none");
    let schools = with_pool().replace(POOL, "payer = \"high_needs_block\"", "payer = \"schools\"");
    noted(schools, "schools contributes to lines of variable share, and pays for none of them by payers.csv");
    let fixed_only = with_pool().replace(POOL, "quarters = [100, 200, 300, 400]\n", "").replace(
        POOL,
        "quarters = [250, 250, 250, 250.5]",
        "fixed_quarters = [1, 1, 1, 1]",
    );
    noted(fixed_only, "nobody contributes to lines of variable share: they are paid in equal parts, not in proportion");
    let older = with_pool().replace(POOL, "from = \"2026-27\"", "from = \"2020-21\"");
    noted(older, "the pool is older than 2025-26, the first year told: it begins anew in it, with the risk pool");
}

/// The panel costs £40,000 a year, £10,000 of it the block's and £30,000 the board's. Apart they pay that. Pooled, the
/// block pays what it agreed, £10,000 uprated by 3 % in 2026-27, and the board, the host, the other £29,700.
#[test]
fn a_run_tells_what_each_partner_pays_under_each_rule() {
    let pack = with_pool();
    let pack = pack.replace(POOL, "[[line]]\nline = \"special\"\nshare = \"variable\"\n\n", "");
    let pack = pack.replace(POOL, "risk_pool = 1000", "risk_pool = 0").replace(
        "uprating.csv",
        "0.02,0.03,0.04",
        "0.03,0.03,0.03",
    );
    let pack = pack.replace(POOL, "quarters = [100, 200, 300, 400]\n", "").replace(
        POOL,
        "quarters = [250, 250, 250, 250.5]\n",
        "",
    );
    let out = pack.0.path().join("run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    let done = command.arg("run").arg(pack.0.path()).arg("--out").arg(&out).assert().code(0);
    let terminal = String::from_utf8(done.get_output().stdout.clone()).expect("text");
    assert!(terminal.contains("Pooled fund 'Special schools', baseline, 2028-29"), "{terminal}");
    let table = fs::read_to_string(out.join("pool.csv")).expect("a table");
    let has = |line: &str| assert!(table.lines().any(|own| own == line), "no {line} in\n{table}");
    has("baseline,tiny,2025-26,pro_rata,icb,pounds,0.00,30000.00,30000.00,30000.00,30000.00,30000.00,0.00");
    has("baseline,tiny,2026-27,separate,icb,pounds,0.00,30000.00,30000.00,30000.00,30000.00,30000.00,0.00");
    has("baseline,tiny,2026-27,pro_rata,icb,pounds,0.00,29700.00,29700.00,29700.00,29700.00,29700.00,300.00");
    has(
        "baseline,tiny,2026-27,capped,high_needs_block,pounds,10300.00,10300.00,10300.00,10300.00,10300.00,10300.00,-300.00",
    );
    has("baseline,tiny,2026-27,equal,all,pounds,10300.00,40000.00,,,,40000.00,0.00");
    assert_eq!(table.lines().count(), 1 + 5 * 4 * 3, "four years and all, four rules, two partners and both");
    let money = fs::read_to_string(out.join("money.csv")).expect("a table");
    let start = "baseline,tiny,2026-27,pool_equal,high_needs_block,nominal,pounds,10300.00,10300.00";
    assert!(money.lines().any(|line| line.starts_with(start)), "{money}");
    // Without a pool there is no table of one.
    let pack = with_pool().delete(POOL);
    let out = pack.0.path().join("run");
    Command::new(env!("CARGO_BIN_EXE_needscast")).arg("run").arg(pack.0.path()).arg("--out").arg(&out).assert().code(0);
    assert!(!out.join("pool.csv").exists());
}
