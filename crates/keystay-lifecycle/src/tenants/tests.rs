use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use keystay::ManualClock;
use rusqlite::Connection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);
const CUSTOMER: &str = "Juniper & Söhne";

struct House {
    tenants: Tenants,
    clock: ManualClock,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.db");
    let clock = ManualClock::new(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let tenants = Tenants::open(&path, Arc::new(clock.clone())).unwrap();
    House { tenants, clock, path, _folder: folder }
}

fn tenant(number: u128) -> Uuid {
    Uuid::from_u128(0x72f9_88bf_86f1_41af_91ab_2d7c_d011_0000 + number)
}

fn token(tenant: Uuid, missing: &[&str]) -> Check {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    Check::Token { tenant, roles: words(&["User.ReadBasic.All"]), missing: words(missing), extra: Vec::new() }
}

fn refused(meaning: Meaning) -> Check {
    Check::Refused { note: RefusalNote { code: "x".into(), words: "because".into() }, meaning }
}

impl House {
    fn invite(&self, customer: &str) -> TenantRecord {
        self.tenants.invite(customer, None, DAY).unwrap().record
    }

    fn reopen(&self) -> Result<Tenants, TenantsError> {
        Tenants::open(&self.path, Arc::new(self.clock.clone()))
    }
}

#[test]
fn what_was_written_is_there_when_the_file_is_opened_again() {
    let house = house();
    let invitation = house.tenants.invite(CUSTOMER, Some(&"juniper.example".parse().unwrap()), DAY).unwrap();
    let again = house.reopen().unwrap();
    assert_eq!(again.invited(invitation.secret.expose()).unwrap().unwrap(), again.find(CUSTOMER).unwrap());
    assert_eq!(again.find("juniper.example").unwrap().customer, CUSTOMER);
    assert_eq!(
        again.history(invitation.record.id).unwrap()[0].words,
        "a link was made, for tenant juniper.example alone"
    );
}

#[test]
fn the_file_is_for_its_user_alone_and_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let house = house();
    let invitation = house.tenants.invite(CUSTOMER, None, DAY).unwrap();
    let begun = house.tenants.begin(invitation.record.id, DAY).unwrap();
    for file in std::fs::read_dir(house.path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.path().display());
        let bytes = std::fs::read(file.path()).unwrap();
        for secret in [&invitation.secret, &begun.browser] {
            let secret = secret.expose().as_bytes();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.path().display());
        }
    }
}

#[test]
fn a_newer_schema_and_a_file_of_another_program_are_refused_in_words_and_left_alone() {
    let house = house();
    let file = Connection::open(&house.path).unwrap();
    file.pragma_update(None, "user_version", 7).unwrap();
    drop(file);
    let words = house.reopen().unwrap_err().to_string();
    assert!(words.contains("newer keystay (schema 7; this one knows 1)"), "{words}");

    for content in ["CREATE TABLE cats (name TEXT)", "PRAGMA user_version = 1"] {
        let path = house.path.with_extension("other");
        let _ = std::fs::remove_file(&path);
        Connection::open(&path).unwrap().execute_batch(content).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Tenants::open(&path, Arc::new(house.clock.clone())).unwrap_err();
        assert!(matches!(error, TenantsError::Foreign { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    let path = house.path.with_extension("txt");
    std::fs::write(&path, "Dear diary, ".repeat(100)).unwrap();
    let error = Tenants::open(&path, Arc::new(house.clock.clone())).unwrap_err();
    assert!(matches!(error, TenantsError::Foreign { .. }), "{error}");
}

#[test]
fn a_damaged_file_is_told_apart() {
    let house = house();
    for number in 0..500 {
        house.invite(&format!("customer {number}"));
    }
    let path = house.path.with_extension("copy");
    Connection::open(&house.path).unwrap().execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[4096..end].fill(0xab);
    std::fs::write(&path, bytes).unwrap();
    let outcome = Tenants::open(&path, Arc::new(house.clock.clone())).and_then(|it| it.list(&Selection::default()));
    assert!(matches!(outcome, Err(TenantsError::Damaged { .. })), "{outcome:?}");
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
    let house = house();
    house.invite("first");
    house.tenants.pragma("PRAGMA max_page_count = 1");
    let error = (0..2000).find_map(|number| house.tenants.invite(&format!("customer {number}"), None, DAY).err());
    let error = error.expect("the limit is met");
    assert!(matches!(error, TenantsError::Full { .. }), "{error}");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    let records = house.tenants.list(&Selection::default()).unwrap();
    house.tenants.pragma("PRAGMA max_page_count = 100000");
    house.invite("last");
    assert_eq!(house.tenants.list(&Selection::default()).unwrap().len(), records.len() + 1);
}

#[test]
fn a_customer_comes_from_invited_over_consented_to_verified_and_can_go_and_come_back() {
    let house = house();
    let id = house.invite(CUSTOMER).id;
    let states = |check: &Check| {
        house.clock.advance(Duration::from_secs(60));
        house.tenants.checked(id, check, Belonging::Claimed).unwrap()
    };
    let consented = states(&token(tenant(1), &[]));
    assert_eq!((consented.state, consented.tenant, consented.claimed), (TenantState::Consented, None, Some(tenant(1))));
    let verified = house.tenants.confirm(CUSTOMER).unwrap();
    assert_eq!((verified.state, verified.tenant, verified.claimed), (TenantState::Verified, Some(tenant(1)), None));
    assert_eq!(states(&refused(Meaning::Nothing)).state, TenantState::Verified, "a network that is down says nothing");
    let gone = states(&refused(Meaning::NotThere));
    assert_eq!((gone.state, gone.refusal.unwrap().words.as_str()), (TenantState::Gone, "because"));
    let lacking = states(&token(tenant(1), &["Mail.Read"]));
    assert_eq!((lacking.state, lacking.refusal, lacking.missing.len()), (TenantState::MissingRoles, None, 1));
    assert_eq!(states(&token(tenant(1), &[])).state, TenantState::Verified);
    let told: Vec<_> = house.tenants.history(id).unwrap().into_iter().map(|line| line.state.code()).collect();
    assert_eq!(told, ["invited", "consented", "verified", "gone", "missing-roles", "verified"]);
}

#[test]
fn a_tenant_belongs_to_one_customer_and_a_customer_is_one_tenant() {
    let house = house();
    let (first, second) = (house.invite("first").id, house.invite("second").id);
    house.tenants.checked(first, &token(tenant(1), &[]), Belonging::Known).unwrap();
    for belonging in [Belonging::Known, Belonging::Claimed] {
        let error = house.tenants.checked(second, &token(tenant(1), &[]), belonging).unwrap_err();
        assert_eq!(error.to_string(), format!("tenant `{}` is that of customer `first`", tenant(1)));
        let error = house.tenants.checked(first, &token(tenant(2), &[]), belonging).unwrap_err();
        assert!(matches!(error, TenantsError::OtherTenant { .. }), "{error}");
    }
    // a claim keeps nobody else out
    house.tenants.checked(second, &token(tenant(2), &[]), Belonging::Claimed).unwrap();
    let third = house.invite("third").id;
    house.tenants.checked(third, &token(tenant(2), &[]), Belonging::Known).unwrap();
    assert!(matches!(house.tenants.confirm("second"), Err(TenantsError::Taken { .. })));
    let asked = tenant(1).into();
    assert!(matches!(house.tenants.invite("third", Some(&asked), DAY), Err(TenantsError::OtherTenant { .. })));
    assert!(matches!(house.tenants.invite("fourth", Some(&asked), DAY), Err(TenantsError::Taken { .. })));
    assert!(matches!(house.tenants.find("fourth"), Err(TenantsError::Unknown { .. })), "nothing was changed");
}

#[test]
fn declining_changes_a_customer_who_is_not_in_and_nobody_else() {
    let house = house();
    let id = house.invite(CUSTOMER).id;
    assert_eq!(house.tenants.declined(id).unwrap().state, TenantState::Declined);
    assert_eq!(house.invite(CUSTOMER).state, TenantState::Invited, "a new link asks again");
    house.tenants.checked(id, &token(tenant(1), &[]), Belonging::Known).unwrap();
    assert_eq!(house.tenants.declined(id).unwrap().state, TenantState::Verified);
    assert_eq!(house.tenants.history(id).unwrap().last().unwrap().words, "an administrator declined");
}

#[test]
fn a_link_works_until_its_end_for_as_long_as_its_customer_is_on_record() {
    let house = house();
    let links: Vec<_> = (0..11).map(|_| house.tenants.invite(CUSTOMER, None, DAY).unwrap().secret).collect();
    assert_eq!(house.tenants.invited(links[0].expose()).unwrap(), None, "the eleventh made the first useless");
    assert!(house.tenants.invited(links[1].expose()).unwrap().is_some());
    assert_eq!(house.tenants.invited("guess").unwrap(), None);
    house.clock.advance(Duration::from_secs(86_399));
    assert!(house.tenants.invited(links[10].expose()).unwrap().is_some());
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.tenants.invited(links[10].expose()).unwrap(), None);
    let fresh = house.tenants.invite(CUSTOMER, None, DAY).unwrap().secret;
    house.tenants.forget(CUSTOMER).unwrap();
    assert_eq!(house.tenants.invited(fresh.expose()).unwrap(), None);
}

#[test]
fn an_attempt_is_spent_once_by_its_own_browser_in_time() {
    let house = house();
    let (id, other) = (house.invite(CUSTOMER).id, house.invite("other").id);
    let quarter = Duration::from_secs(900);
    let begun = house.tenants.begin(id, quarter).unwrap();
    let spend = |record, browser: &str| house.tenants.spend(&begun.id, record, browser, Some(tenant(1))).unwrap();
    assert_eq!(spend(id, "another browser"), Err(NotSpent::OtherBrowser));
    assert_eq!(spend(other, begun.browser.expose()), Err(NotSpent::Unknown));
    assert_eq!(spend(id, begun.browser.expose()), Ok(()));
    assert_eq!(spend(id, begun.browser.expose()), Err(NotSpent::Spent));
    assert_eq!(spend(id, "another browser"), Err(NotSpent::OtherBrowser));
    let attempt = house.tenants.attempt(&begun.id, begun.browser.expose()).unwrap().unwrap();
    assert_eq!((attempt.claimed, attempt.spent), (Some(tenant(1)), true));
    assert_eq!(house.tenants.attempt(&begun.id, "another browser").unwrap(), None);
    assert_eq!(house.tenants.unfinished().unwrap(), [attempt]);
    house.tenants.finish(&begun.id, "verified", "").unwrap();
    assert_eq!(house.tenants.unfinished().unwrap(), []);

    let late = house.tenants.begin(id, quarter).unwrap();
    house.clock.advance(quarter);
    assert_eq!(house.tenants.spend(&late.id, id, late.browser.expose(), None).unwrap(), Err(NotSpent::Expired));
}

#[test]
fn of_many_that_spend_one_attempt_at_once_one_succeeds() {
    let house = house();
    let id = house.invite(CUSTOMER).id;
    for _ in 0..10 {
        let begun = house.tenants.begin(id, DAY).unwrap();
        let spend = || house.reopen().unwrap().spend(&begun.id, id, begun.browser.expose(), None).unwrap().is_ok();
        let won: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(spend)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).map(usize::from).sum()
        });
        assert_eq!(won, 1);
    }
}

#[test]
fn a_program_that_begins_without_end_is_stopped_and_others_are_not() {
    let house = house();
    let (id, other) = (house.invite(CUSTOMER).id, house.invite("other").id);
    for _ in 0..30 {
        house.tenants.begin(id, DAY).unwrap();
    }
    assert!(matches!(house.tenants.begin(id, DAY), Err(TenantsError::TooMany { count: 30, .. })));
    house.tenants.begin(other, DAY).unwrap();
    house.clock.advance(Duration::from_secs(3600));
    house.tenants.begin(id, DAY).unwrap();
}

#[test]
fn names_that_deceive_are_no_customers_names() {
    let house = house();
    for name in ["", "  ", "a\nb", "Contoso\u{202e}osotnoC", &"x".repeat(201)] {
        assert!(matches!(house.tenants.invite(name, None, DAY), Err(TenantsError::Customer { .. })), "{name:?}");
    }
    assert_eq!(house.invite("  Contoso  ").customer, "Contoso");
}

#[test]
fn lists_are_filtered_by_state_text_and_time_and_ordered_by_name() {
    let house = house();
    for name in ["beta", "Alpha", "gamma"] {
        house.invite(name);
    }
    let id = house.tenants.find("beta").unwrap().id;
    house.tenants.checked(id, &token(tenant(1), &[]), Belonging::Known).unwrap();
    let names = |selection: Selection| -> Vec<String> {
        house.tenants.list(&selection).unwrap().into_iter().map(|record| record.customer).collect()
    };
    assert_eq!(names(Selection::default()), ["Alpha", "beta", "gamma"]);
    let states = vec![TenantState::Verified, TenantState::Gone];
    assert_eq!(names(Selection { states, ..Selection::default() }), ["beta"]);
    assert_eq!(names(Selection { holding: Some("AMM".into()), ..Selection::default() }), ["gamma"]);
    assert_eq!(names(Selection { holding: Some("72F988BF".into()), ..Selection::default() }), ["beta"]);
    let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    assert_eq!(names(Selection { checked_before: Some(now), ..Selection::default() }), ["Alpha", "gamma"]);
}

#[test]
fn what_was_exported_can_be_imported_elsewhere_in_both_formats() {
    let house = house();
    house.tenants.checked(house.invite("a \"b\", c").id, &token(tenant(1), &[]), Belonging::Known).unwrap();
    let lacking = house.tenants.checked(house.invite("é").id, &token(tenant(2), &["A.B", "C.D"]), Belonging::Known);
    house.tenants.checked(lacking.unwrap().id, &refused(Meaning::Nothing), Belonging::Known).unwrap();
    let expected = house.tenants.list(&Selection::default()).unwrap();
    let json = write_json(&house.tenants, &expected).unwrap();
    let mut csv = Vec::new();
    write_csv(&expected, &mut csv).unwrap();
    for entries in [read_json(&json).unwrap(), read_csv(csv.as_slice()).unwrap()] {
        let other = super::tests::house();
        other.clock.advance(DAY);
        assert_eq!(other.tenants.import(&entries).unwrap(), Imported { added: 2, ..Imported::default() });
        let mut there = other.tenants.list(&Selection::default()).unwrap();
        for (one, two) in there.iter_mut().zip(&expected) {
            // an import puts them on record now, and names the tenant by its id
            (one.invited, one.expected) = (two.invited, two.expected.clone());
        }
        assert_eq!(there, expected);
        assert_eq!(other.tenants.import(&entries).unwrap(), Imported { unchanged: 2, ..Imported::default() });
    }
}

#[test]
fn a_plain_list_of_tenants_is_enough_to_begin_with() {
    let house = house();
    let entries = read_csv(format!("tenant\n{}\nfabrikam.example\n", tenant(1)).as_bytes()).unwrap();
    assert_eq!(house.tenants.import(&entries).unwrap().added, 2);
    let record = house.tenants.find("fabrikam.example").unwrap();
    assert_eq!(
        (record.state, record.tenant, record.to_ask()),
        (TenantState::Invited, None, "fabrikam.example".parse().ok())
    );
    assert_eq!(house.tenants.find(&tenant(1).to_string()).unwrap().tenant, Some(tenant(1)));
}

#[test]
fn an_import_with_mistakes_names_all_of_them_and_changes_nothing() {
    let house = house();
    let csv =
        format!("customer,tenant,state\na,{0},verified\nb,{0},\nc,not a tenant,\nd,,verified\n,,\ne,,odd\n", tenant(1));
    let words = read_csv(csv.as_bytes()).unwrap_err().to_string();
    for expected in [
        "5 mistakes",
        "line 3: tenant",
        "line 4: `not a tenant`",
        "line 5: it is `verified`",
        "line 6: neither",
        "line 7: `odd`",
    ] {
        assert!(words.contains(expected), "{words} lacks {expected}");
    }
    house.tenants.import(&read_csv(format!("customer,tenant\na,{}\n", tenant(1)).as_bytes()).unwrap()).unwrap();
    let wrong = format!(
        r#"[{{"customer":"new"}},{{"customer":"b","tenant":"{}"}},{{"customer":"a","tenant":"{}"}}]"#,
        tenant(1),
        tenant(2)
    );
    let words = house.tenants.import(&read_json(&wrong).unwrap()).unwrap_err().to_string();
    assert!(words.contains("tenant 2: tenant") && words.contains("tenant 3: customer `a` is tenant"), "{words}");
    assert_eq!(house.tenants.list(&Selection::default()).unwrap().len(), 1);
    for wrong in ["{", "{}", "7", r#"{"version":2,"tenants":[]}"#] {
        assert!(matches!(read_json(wrong), Err(TenantsError::Document { .. })), "{wrong}");
    }
    assert!(read_csv("name\nx\n".as_bytes()).is_err());
}
