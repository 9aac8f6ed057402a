//! What each measure of `forecast.csv` counts, in plain words.

use Clock::{Calendar, Financial, January, September};

/// Which year the year of a measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    January,
    Calendar,
    September,
    Financial,
}

impl Clock {
    pub fn words(self) -> &'static str {
        match self {
            January => "January of the year",
            Calendar => "the calendar year",
            September => "September of the year, and the school year from then on",
            Financial => "the financial year that starts in the year",
        }
    }
}

/// By what is counted, without the service, setting or payer it is of.
pub const MEANINGS: [(&str, &str, Clock); 66] = [
    ("plans", "Children and young people with an education, health and care (EHC) plan.", January),
    (
        "plans_by_age",
        "The same by single year of age on the 31 August before: add either age groups or ages, never both.",
        January,
    ),
    ("plans_by_age_needed", "Plans by single year of age and the setting they need.", January),
    ("requests", "Requests for an assessment.", Calendar),
    ("assessments", "Assessments begun.", Calendar),
    ("new_plans", "New plans, in the setting they are bound for.", Calendar),
    ("moved_in", "Plans of children who move into the area.", Calendar),
    ("joiners", "New plans and plans moving in.", Calendar),
    ("leavers", "Plans that end, or whose children leave the area.", Calendar),
    ("movers_from", "Plans that change their setting, by the setting they leave.", Calendar),
    ("movers_to", "Plans that change their setting, by the setting they reach.", Calendar),
    (
        "redirected_from",
        "Plans that are placed elsewhere for want of a place, or since there is one: by the setting left.",
        Calendar,
    ),
    ("redirected_to", "The same by the setting reached.", Calendar),
    ("sen_support", "Pupils on SEN support.", January),
    ("sen_support_tier", "Pupils of a tier of SEN support.", January),
    ("sen_support_identified", "Pupils new to SEN support.", Calendar),
    (
        "sen_support_stepped_down",
        "Pupils who leave SEN support without a plan: no longer in need, left school, or fewer at the next age.",
        Calendar,
    ),
    ("sen_support_to_plans", "Pupils on SEN support who are given a plan.", Calendar),
    ("places_needed", "Children who need a place there: placed, placed elsewhere or waiting.", September),
    ("placed", "Those of them who have one.", September),
    ("overflow", "Those who are placed elsewhere instead.", September),
    ("waiting", "Those who wait in a setting that does not meet their need.", September),
    ("shortfall", "Those without the place they need: placed elsewhere or waiting.", September),
    ("shortfall_by_setting", "The same, by the setting where they are.", September),
    ("places", "Pupils there is room for.", September),
    ("occupancy", "Plans there for each place.", September),
    (
        "probability_short",
        "Share of futures in which more places are needed than there are; the number stands in the column Mean.",
        September,
    ),
    (
        "probability_without_place",
        "Share of futures in which a child who needs a place has none; the number stands in the column Mean.",
        September,
    ),
    (
        "places_for_90_percent",
        "The fewest places that nine futures in ten need no more than; the number stands in the column Mean.",
        September,
    ),
    (
        "first_september_short_50_percent",
        "The first September in which places are short in more than half of futures, in the column Mean; blank: never.",
        September,
    ),
    ("first_september_short_80_percent", "The same for more than 80 % of futures.", September),
    ("hours_demanded_of", "Hours that the children and events of the year take.", Calendar),
    ("hours_delivered_of", "Hours given.", Calendar),
    ("hours_unmet_of", "Hours due that nobody had time for, and that have lapsed.", Calendar),
    ("hours_waiting_of", "Hours of the cases that wait at the end of the year.", Calendar),
    ("hours_there_are_of", "Hours of staff in post, and hours bought.", Calendar),
    ("fte_in_post_of", "Staff in post (full-time equivalents), mean over the year.", Calendar),
    ("fte_needed_of", "Staff that the demand of the year takes.", Calendar),
    ("fte_gap_of", "Staff needed beyond those in post; the waiting list is left out.", Calendar),
    (
        "fte_to_meet_standard_of",
        "Staff that bring the list to a length that meets the standard: for that time, not for good.",
        Calendar,
    ),
    ("children_served_of", "Cases served in the year.", Calendar),
    ("waiting_list_of", "Children who wait at the end of the year.", Calendar),
    ("diagnosed_of", "Of those served, children with a diagnosis.", Calendar),
    ("wait_mean_weeks_of", "Weeks that those served in the year had waited, on average.", Calendar),
    ("wait_92_percent_weeks_of", "Weeks that 92 % of those served had waited no longer than.", Calendar),
    (
        "hours_of_early_work_of",
        "Hours given to pupils on SEN support and to residents by a service that advises on assessments.",
        Calendar,
    ),
    ("share_within_standard_of", "Share of those served who had waited no longer than the standard.", Calendar),
    ("annual_reviews", "Annual reviews due of the plans held.", Calendar),
    ("appeals", "Appeals of refusals and of new plans, as expected.", Calendar),
    ("early_support_pupils", "Pupils with an offer of early support, one for each offer.", Calendar),
    ("early_support_cost", "What the offers of early support cost.", Calendar),
    (
        "share_of_decisions_within_6_weeks",
        "Requests decided within 6 weeks, as far as waits for staff decide it.",
        Calendar,
    ),
    (
        "share_of_drafts_within_16_weeks",
        "Plans drafted within 16 weeks, as far as waits for staff decide it.",
        Calendar,
    ),
    (
        "share_of_plans_within_20_weeks",
        "Plans issued within 20 weeks of the request, as far as waits for staff decide it.",
        Calendar,
    ),
    ("cost", "All lines of cost together, in the prices of each year.", Financial),
    ("cost_by_payer", "The same of one payer.", Financial),
    ("cost_real", "All lines of cost together, in the prices of the first year.", Financial),
    ("high_needs_income", "Income of the high needs block.", Financial),
    ("high_needs_transfers", "Transfers into the high needs block.", Financial),
    ("high_needs_balance", "Income of the high needs block less what it pays in the year.", Financial),
    ("high_needs_grant", "Grant that pays off part of the deficit.", Financial),
    ("high_needs_deficit", "What the high needs block owes at the end of the year.", Financial),
    ("high_needs_deficit_uncovered", "What is owed when the statutory override has ended.", Financial),
    ("high_needs_in_balance", "Share of futures in which income covers what the block pays.", Financial),
    ("high_needs_in_balance_by", "Share of futures in which it did so in some year up to this one.", Financial),
    ("high_needs_under_ceiling", "Share of futures in which the deficit is under its ceiling.", Financial),
];
