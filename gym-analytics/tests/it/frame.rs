//! Frames: there and back, from files, and what is said of those that cannot be read.

use gym_analytics::feature::{Features, NAMES};
use gym_analytics::frame::{Format, FrameError, Frames, scan, schema};
use gym_core::history::{Facts, History, micros};
use gym_core::sim::teacher::{Profile, Teacher};
use polars::prelude::*;
use polars_arrow::io::ipc::read::{FileReader, read_file_metadata};
use proptest::prelude::*;

use crate::random::{DAY, FIRST, during, facts, instant};

fn history(seed: u64) -> History {
    History::new(during(), facts(seed, 7, FIRST + 400 * DAY)).unwrap()
}

proptest! {
    #![proptest_config(crate::soak::cases(12))]

    #[test]
    fn a_history_comes_back_from_its_frames(seed in any::<u64>()) {
        let history = history(seed);
        let back = Frames::of(&history).unwrap().to_history(during()).unwrap();
        // Kinds of classes are counted in the order in which they come.
        prop_assert_eq!(back.bookings.clone(), history.bookings.clone());
        prop_assert_eq!(back.check_ins.clone(), history.check_ins.clone());
        prop_assert_eq!(back.memberships.clone(), history.memberships.clone());
        prop_assert_eq!(back.freezes.clone(), history.freezes.clone());
        let kinds = |history: &History| -> Vec<String> {
            let all = history.classes.programme.iter();
            all.map(|it| history.programmes[*it as usize].clone()).collect()
        };
        prop_assert_eq!(kinds(&back), kinds(&history));
        let again = Frames::of(&back).unwrap().to_history(during()).unwrap();
        prop_assert_eq!(again, back);
    }
}

#[test]
fn files_hold_what_the_frames_hold() {
    let lesson = Teacher::new(Profile::Rio, 3, 60, "2024-01-01".parse().unwrap(), 8).teach();
    let period = lesson.history.during();
    let mut frames = Frames::of(&lesson.history).unwrap();
    let folder = tempfile::tempdir().unwrap();
    frames.write(folder.path(), Format::Parquet).unwrap();
    frames.write(folder.path(), Format::Arrow).unwrap();
    let back = Frames::read(folder.path()).unwrap().to_history(period).unwrap();
    assert_eq!(back, lesson.history);

    let mut file = std::fs::File::open(folder.path().join("check_ins.arrow")).unwrap();
    let metadata = read_file_metadata(&mut file).unwrap();
    let names: Vec<&str> = metadata.schema.iter_names().map(|name| name.as_str()).collect();
    assert_eq!(names, ["member_id", "place_id", "at", "recorded_at", "left_at"]);
    let rows: usize = FileReader::new(file, metadata, None, None)
        .map(|batch| batch.unwrap().len())
        .sum();
    assert_eq!(rows, lesson.history.check_ins.len());
}

#[test]
fn a_scan_reads_what_the_plan_asks_for() {
    let whole = history(11);
    let mut frames = Frames::of(&whole).unwrap();
    let folder = tempfile::tempdir().unwrap();
    frames.write(folder.path(), Format::Parquet).unwrap();
    let text: String = whole
        .places
        .id
        .iter()
        .map(|id| format!("EUR,{id},Europe/Rome\n"))
        .collect();
    std::fs::write(
        folder.path().join("places.csv"),
        format!("currency,place_id,zone\n{text}"),
    )
    .unwrap();
    for (file, schema) in [
        ("check_ins.parquet", &schema::CHECK_INS),
        ("places.parquet", &schema::PLACES),
        ("places.csv", &schema::PLACES),
    ] {
        let scanned = || scan(schema, folder.path().join(file)).unwrap();
        let all = scanned().collect().unwrap();
        let names: Vec<&str> = schema.fields.iter().map(|field| field.name).collect();
        assert_eq!(all.get_column_names(), names, "{file}");
        let some = [names[1], names[0]].map(|name| all.column(name).unwrap().clone());
        let some = DataFrame::new_infer_height(some.to_vec()).unwrap();
        let asked = || scanned().select([col(names[1]), col(names[0])]);
        assert_eq!(asked().collect().unwrap(), some, "{file}");
        assert_eq!(asked().limit(2).collect().unwrap(), some.head(Some(2)), "{file}");
        assert_eq!(asked().tail(1).collect().unwrap(), some.tail(Some(1)), "{file}");
        let first = all.column("place_id").unwrap().i64().unwrap().get(0).unwrap();
        let kept = asked().filter(col("place_id").eq(lit(first))).collect().unwrap();
        let mask = some.column("place_id").unwrap().i64().unwrap().equal(first);
        assert_eq!(kept, some.filter(&mask).unwrap(), "{file}");
    }
}

#[test]
fn a_csv_is_scanned_with_its_dates_and_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memberships.csv");
    std::fs::write(
        &path,
        "note,membership_id,member_id,place_id,plan_id,recorded_at,starts_on,committed_until,follows_id,ending,ends_on,end_recorded_at\n\
         a,7,1,1,1,2027-01-02 00:00:00,2027-01-01,,,chosen,2027-03-01,2027-02-03 10:00:00\n\
         b,8,1,1,1,2027-04-02 00:00:00,2027-04-01,,,running,,\n",
    )
    .unwrap();
    let frame = scan(&schema::MEMBERSHIPS, &path).unwrap().collect().unwrap();
    assert_eq!(
        (frame.height(), frame.width()),
        (2, schema::MEMBERSHIPS.fields.len())
    );
    let mut frames = Frames::of(&history(1)).unwrap();
    for empty in [
        &mut frames.terms,
        &mut frames.freezes,
        &mut frames.check_ins,
        &mut frames.bookings,
        &mut frames.payments,
    ] {
        *empty = empty.clear();
    }
    let number = |name: &str, values: &[i64]| Column::new(name.into(), values);
    let day = |name: &str| {
        Column::new(name.into(), ["2027-01-01"])
            .cast(&DataType::Date)
            .unwrap()
    };
    let at = Column::new("recorded_at".into(), [instant(FIRST).naive_utc()]);
    frames.members = DataFrame::new_infer_height(vec![
        number("member_id", &[1]),
        number("place_id", &[1]),
        day("joined_on"),
        at,
        Column::new_empty("birth_year".into(), &DataType::Null).extend_constant_null(),
    ])
    .unwrap();
    frames.places.with_column(number("place_id", &[1, 2, 3])).unwrap();
    frames.classes = frames.classes.clear();
    frames.plans.with_column(number("plan_id", &[1, 2, 3])).unwrap();
    frames.memberships = frame;
    let read = frames.to_history(during()).unwrap();
    let first = read.memberships.get(0).unwrap();
    assert_eq!(
        first.end_recorded_at,
        micros("2027-02-03T10:00:00Z".parse().unwrap())
    );
    assert_eq!(
        gym_core::history::day_of(first.ends_on).unwrap().to_string(),
        "2027-03-01"
    );
    assert_eq!(read.memberships.ending[1].as_str(), "running");
}

trait Nulls {
    fn extend_constant_null(self) -> Column;
}

impl Nulls for Column {
    /// One null of this column's type.
    fn extend_constant_null(self) -> Self {
        Self::full_null(self.name().clone(), 1, self.dtype())
    }
}

/// Changes one frame of a good history and says what is said of it.
fn refused(change: impl FnOnce(&mut Frames)) -> String {
    let mut frames = Frames::of(&history(5)).unwrap();
    change(&mut frames);
    frames.to_history(during()).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_named_with_frame_column_found_and_expected() {
    let set = |frame: &mut DataFrame, column: Column| {
        frame.with_column(column).unwrap();
    };
    let cast = |frame: &mut DataFrame, name: &str, to: &DataType| {
        let column = frame.column(name).unwrap().cast(to).unwrap();
        frame.with_column(column).unwrap();
    };
    let first = |frame: &DataFrame, name: &str, value: i64| {
        let mut values: Vec<i64> = frame
            .column(name)
            .unwrap()
            .i64()
            .unwrap()
            .iter()
            .map(|it| it.unwrap())
            .collect();
        values[2] = value;
        Column::new(name.into(), values)
    };
    assert_eq!(
        refused(|it| it.bookings = it.bookings.drop("state").unwrap()),
        "bookings: column state is missing; expected a string"
    );
    assert_eq!(
        refused(|it| cast(&mut it.check_ins, "member_id", &DataType::Float64)),
        "check_ins: column member_id is of type f64; expected a whole number (i64)"
    );
    assert_eq!(
        refused(|it| cast(&mut it.members, "joined_on", &DataType::Int32)),
        "members: column joined_on is of type i32; expected a date"
    );
    assert_eq!(
        refused(|it| {
            let double = first(&it.members, "member_id", 100);
            set(&mut it.members, double);
        }),
        "members: column member_id is 100 in row 2 and before; expected each once"
    );
    assert_eq!(
        refused(|it| {
            let stranger = first(&it.payments, "member_id", 4);
            set(&mut it.payments, stranger);
        }),
        "payments: column member_id is 4 in row 2; expected an id of members"
    );
    assert_eq!(
        refused(|it| {
            let rows = it.memberships.height();
            set(
                &mut it.memberships,
                Column::new("ending".into(), vec!["gone"; rows]),
            );
        }),
        "memberships: column ending is \"gone\" in row 0; expected an ending"
    );
    assert_eq!(
        refused(|it| {
            let nulls = Column::full_null(
                "at".into(),
                it.check_ins.height(),
                &DataType::Datetime(TimeUnit::Microseconds, None),
            );
            set(&mut it.check_ins, nulls);
        }),
        "check_ins: column at is null in row 0; expected a value"
    );
    assert_eq!(
        refused(|it| {
            let below = first(&it.plans, "price", 1).with_name("term_months".into()) * -1_i64;
            set(&mut it.plans, below);
        })
        .split(':')
        .next_back(),
        Some(" row 0 is -3021")
    );
}

#[test]
fn other_integers_and_units_of_time_are_read_as_well() {
    let whole = history(5);
    let mut frames = Frames::of(&whole).unwrap();
    for (name, to) in [
        ("member_id", DataType::Int32),
        ("at", DataType::Datetime(TimeUnit::Nanoseconds, None)),
    ] {
        let column = frames.check_ins.column(name).unwrap().cast(&to).unwrap();
        frames.check_ins.with_column(column).unwrap();
    }
    assert_eq!(frames.to_history(during()).unwrap().check_ins, whole.check_ins);
}

#[test]
fn files_that_cannot_be_read_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let said = |path: &str| {
        scan(&schema::MEMBERS, folder.path().join(path))
            .err()
            .map(|it| it.to_string())
            .unwrap()
    };
    assert!(said("members.xlsx").ends_with("it ends otherwise than .parquet and .csv"));
    assert!(said("members.parquet").contains("members.parquet"));
    std::fs::write(folder.path().join("members.csv"), "member_id,place_id\n1,1\n").unwrap();
    assert_eq!(
        said("members.csv"),
        "members: column joined_on is missing; expected a date"
    );
    assert!(matches!(
        Frames::read(folder.path()),
        Err(FrameError::File { .. } | FrameError::Missing { .. })
    ));
}

#[test]
fn features_are_a_frame_with_the_ids_of_the_club() {
    let history = history(9);
    let as_of = FIRST + 400 * DAY;
    let features = Features::at(&history, instant(as_of)).unwrap();
    let frame = features.to_frame(&history).unwrap();
    assert_eq!(frame.width(), NAMES.len() + 2);
    let ids = frame.column("member_id").unwrap().i64().unwrap().iter().flatten();
    let wanted = features
        .members()
        .iter()
        .map(|it| history.members.id[*it as usize]);
    assert!(ids.eq(wanted));
    let empty = History::new(during(), Facts::default()).unwrap();
    let none = Features::at(&empty, instant(as_of))
        .unwrap()
        .to_frame(&empty)
        .unwrap();
    assert_eq!((none.height(), none.width()), (0, NAMES.len() + 2));
}
