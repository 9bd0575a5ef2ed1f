//! Members from tables: headers, separators, dates, and every reason of a bad row.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gym_core::command::Command;
use gym_core::id::LocationId;
use gym_db::import::members::{Field, Mapping, read};
use gym_db::import::{MAX_BYTES, OnBad};

use super::sample;

fn german() -> Mapping {
    Mapping {
        date_format: "%d.%m.%Y".to_owned(),
        ..Mapping::default()
    }
}

/// Reads a file and compares its rows, as `line name email born joined home external`, and what is bad.
fn check(file: impl AsRef<[u8]>, mapping: &Mapping, rows: &[&str], bad: &[&str]) {
    let members = match read(file.as_ref(), mapping) {
        Ok(members) => members,
        Err(error) => {
            assert_eq!((rows, bad), (&[][..], &[error.to_string().as_str()][..]));
            return;
        }
    };
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let day = |date: Option<NaiveDate>| text(date.map(|date| date.to_string()));
    let read: Vec<String> = members
        .rows
        .iter()
        .map(|row| {
            let person = row.person.clone();
            let (born, joined) = (day(person.born_on), day(row.joined_on));
            let (home, external) = (text(row.home.clone()), text(row.external.clone()));
            format!(
                "{} {} {} {born} {joined} {home} {external}",
                row.line,
                person.name,
                text(person.email)
            )
        })
        .collect();
    assert_eq!(read, rows);
    let listed: Vec<String> = members.bad.iter().map(ToString::to_string).collect();
    assert_eq!(listed, bad);
}

#[test]
fn the_sample_has_sixty_members_of_three_locations() {
    let members = read(&sample("members.csv"), &Mapping::default()).unwrap();
    let rows = members.accept(OnBad::RefuseAll).unwrap();
    let mut homes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *homes.entry(row.home.as_deref().unwrap()).or_default() += 1;
    }
    assert_eq!(
        homes,
        BTreeMap::from([("Brooklyn", 20), ("Chatham", 20), ("Mitte", 20)])
    );
    assert_eq!(rows[0].person.name, "Ada Albrecht");
    // One note of the file has a line of its own.
    assert_eq!((rows[23].line, rows[24].line, rows[59].line), (25, 27, 62));
    assert_eq!(rows.iter().filter(|row| row.person.email.is_none()).count(), 2);
}

#[test]
fn every_reason_of_every_bad_row_is_listed() {
    let good = [
        "2 Ada Adler ada@example.org 1990-02-14 2024-03-01 Mitte -",
        "11 Hana Hahn hana@example.org 1999-09-09 2024-03-09 Chatham -",
    ];
    let bad = [
        r#"line 3: name: "" is not accepted; expected 1 to 200 characters on one line"#,
        r#"line 4: born_on: "30.02.1991" is not accepted; expected a date from 1900 on written as %d.%m.%Y"#,
        r#"line 5: email: "cem(at)example.org" is not accepted; expected an address such as ada@example.org"#,
        r#"line 5: born_on: "1991-05-06" is not accepted; expected a date from 1900 on written as %d.%m.%Y"#,
        r#"line 5: joined_on: "31.04.2024" is not accepted; expected a date written as %d.%m.%Y"#,
        r#"line 7: email: "ADA@example.org" is not accepted; expected an address that no row above has (line 2 has it)"#,
        r#"line 8: row: "Emil Ernst emil@example.org 06.06.1986" is not accepted; expected 5 fields, not 3"#,
        r#"line 9: born_on: "2031-07-07" is not accepted; expected a day not after joined_on, 2024-03-07"#,
        r#"line 10: born_on: "08.08.1888" is not accepted; expected a date of the years 1900 to 9998; leave out what is not known"#,
    ];
    check(sample("bad.csv"), &german(), &good, &bad);
}

#[test]
fn bad_rows_refuse_all_or_are_skipped() {
    let members = read(&sample("bad.csv"), &german()).unwrap();
    let rejected = members.clone().accept(OnBad::RefuseAll).unwrap_err();
    assert_eq!(rejected.bad, members.bad);
    assert!(
        rejected
            .to_string()
            .starts_with("members: nothing was imported, because of 9 bad fields:\n  line 3")
    );
    let rows = members.clone().accept(OnBad::Skip).unwrap();
    assert_eq!(rows, members.rows);
    assert_eq!(OnBad::default(), OnBad::RefuseAll);
}

#[test]
fn headers_come_in_any_order_spelling_and_separator() {
    let row = ["2 Ada Adler ada@example.org 1990-02-14 2024-03-01 Mitte 7"];
    for file in [
        "name,email,born_on,joined_on,home,id\nAda Adler,ada@example.org,1990-02-14,2024-03-01,Mitte,7\n",
        "ID;HOME LOCATION;Member since;Date of Birth;E-Mail;Full name\n7;Mitte;2024-03-01;1990-02-14;ada@example.org;Ada Adler",
        "Nachname\tVorname\tE-Mail-Adresse\tGeburtsdatum\tEintritt\tStandort\tMitglieds-Nr.\r\nAdler\tAda\tada@example.org\t1990-02-14\t2024-03-01\tMitte\t7\r\n",
        "\u{feff}\"Name\",\"Mail\",\"DOB\",\"Joined\",\"Club\",\"Member ID\",\"Shoes; size\"\n Ada Adler , ada@example.org ,1990-02-14,2024-03-01,Mitte,7,\"38\n, wide\"\n,,,,,,\n",
    ] {
        check(file, &Mapping::default(), &row, &[]);
    }
}

#[test]
fn a_mapping_names_columns() {
    let file = "name,who,seit\nalpha,Ada,01.03.2024\nbeta,Bo,\n";
    let mapping = Mapping {
        columns: vec![
            (Field::Name, "Who".to_owned()),
            (Field::External, "name".to_owned()),
            (Field::JoinedOn, "SEIT".to_owned()),
        ],
        ..german()
    };
    check(
        file,
        &mapping,
        &["2 Ada - - 2024-03-01 - alpha", "3 Bo - - - - beta"],
        &[],
    );
    let missing = Mapping {
        columns: vec![(Field::Email, "address".to_owned())],
        ..Mapping::default()
    };
    let expected =
        r#"line 1: email: "address" is not accepted; expected one of the headers "name", "who", "seit""#;
    check(file, &missing, &[], &[expected]);
}

#[test]
fn a_file_that_is_no_table_of_members_is_refused_as_a_whole() {
    let plain = Mapping::default();
    let refused = |file: &[u8], mapping: &Mapping, expected: &str| check(file, mapping, &[], &[expected]);
    refused(
        b"",
        &plain,
        r#"line 1: headers: "" is not accepted; expected a line of headers"#,
    );
    refused(
        b"\n\nemail,phone\na@example.org,1\n",
        &plain,
        r#"line 3: headers: "email, phone" is not accepted; expected a column such as name, or first name and last name; else name them in the mapping"#,
    );
    refused(
        b"name,email,E-Mail\nAda,a@example.org,b@example.org\n",
        &plain,
        r#"line 1: email: "email, E-Mail" is not accepted; expected one column; name it in the mapping"#,
    );
    let odd = |date_format: &str, separator| Mapping {
        date_format: date_format.to_owned(),
        separator,
        ..Mapping::default()
    };
    refused(
        b"name\nAda\n",
        &odd("%Q", None),
        r#"line 1: date_format: "%Q" is not accepted; expected a format such as %Y-%m-%d or %d.%m.%Y"#,
    );
    refused(
        b"name\nAda\n",
        &odd("%F", Some('|')),
        r#"line 1: separator: "|" is not accepted; expected a comma, a semicolon or a tab"#,
    );
    refused(
        b"\"name,email\nAda,a@example.org\n",
        &plain,
        r#"line 1: headers: "name,email\nAda,a@example.org\n" is not accepted; expected a closing quote"#,
    );
    let big = vec![b'a'; MAX_BYTES + 1];
    refused(
        &big,
        &plain,
        "file: 16777217 bytes are too many; expected at most 16777216",
    );
}

#[test]
fn another_encoding_is_named() {
    let plain = Mapping::default();
    let refused = |file: &[u8], expected: &str| check(file, &plain, &[], &[expected]);
    refused(
        b"name,email\nAda,a@example.org\nJ\xfcrgen,j@example.org\n",
        "line 3: the byte 0xfc at offset 30 is not UTF-8 (it looks like Windows-1252); expected a file saved as UTF-8",
    );
    refused(
        b"\xEF\xBB\xBFname\n\x81\xfc\n",
        "line 2: the byte 0x81 at offset 8 is not UTF-8; expected a file saved as UTF-8",
    );
    let wide = "line 1: the byte 0xff at offset 0 is not UTF-8 (it looks like UTF-16); expected a file saved as UTF-8";
    refused(b"\xFF\xFEn\0a\0m\0e\0\n\0", wide);
    refused(b"n\0a\0m\0e\0\n\0", &wide.replace("0xff", "0x6e"));
    refused(b"\0n\0a\0m\0e\0\n", &wide.replace("0xff", "0x00"));
}

#[test]
fn quotes_and_long_fields_are_told_by_their_line() {
    let plain = Mapping::default();
    let open = "name,email\nAda,a@example.org\n\"Bo,b@example.org\nCy,c@example.org\n";
    let expected =
        r#"line 3: row: "Bo,b@example.org\nCy,c@example.org\n" is not accepted; expected a closing quote"#;
    check(open, &plain, &["2 Ada a@example.org - - - -"], &[expected]);

    let quoted =
        "name,email\r\n\"Ada \"\"The Eagle\"\" Adler\",a@example.org\r\n\r\n5\" Bo,b@example.org\r\n";
    let rows = [
        "2 Ada \"The Eagle\" Adler a@example.org - - - -",
        "4 5\" Bo b@example.org - - - -",
    ];
    check(quoted, &plain, &rows, &[]);

    let long = format!("name\n{}\n", "x".repeat(1_001));
    let expected = format!(
        "line 2: name: \"{}…\" is not accepted; expected at most 1000 characters",
        "x".repeat(200)
    );
    check(long, &plain, &[], &[&expected]);
}

#[test]
fn one_number_and_one_address_belong_to_one_row() {
    let file = "id,name,email\n1,Ada,a@example.org\n2,Bo,\n1,Cy,A@Example.ORG\n,Di,\n";
    let rows = ["2 Ada a@example.org - - - 1", "3 Bo - - - - 2", "5 Di - - - - -"];
    let bad = [
        r#"line 4: email: "A@Example.ORG" is not accepted; expected an address that no row above has (line 2 has it)"#,
        r#"line 4: external: "1" is not accepted; expected a number that no row above has (line 2 has it)"#,
    ];
    check(file, &Mapping::default(), &rows, &bad);
}

#[test]
fn a_row_becomes_the_command_that_adds_the_member() {
    let file = "name,joined\nAda,2024-03-01\nBo,\n";
    let rows = read(file.as_bytes(), &Mapping::default())
        .unwrap()
        .accept(OnBad::RefuseAll)
        .unwrap();
    let home = LocationId::new(3).unwrap();
    let today = "2026-01-05".parse().unwrap();
    let joined: Vec<String> = rows
        .iter()
        .map(|row| match row.command(home, today) {
            Command::AddMember {
                person,
                user: None,
                home: at,
                joined_on,
            } if at == home => {
                format!("{} {joined_on}", person.name)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(joined, ["Ada 2024-03-01", "Bo 2026-01-05"]);
}

#[test]
fn the_first_and_the_last_day_that_programs_know_are_no_dates() {
    let file =
        "name,born,joined\nAda,0001-01-01,0001-01-01\nBo,9999-12-31,9999-12-31\nCy,9998-12-30,9998-12-31\n";
    let members = read(file.as_bytes(), &Mapping::default()).unwrap();
    let bad: Vec<_> = members.bad.iter().map(|bad| (bad.line, bad.field)).collect();
    let fields = ["born_on", "joined_on"];
    assert_eq!(bad, [2, 3].map(|line| fields.map(|field| (line, field))).concat());
    assert_eq!(members.rows.len(), 1);
    assert!(
        members.bad[1]
            .to_string()
            .contains("a date of the years 2 to 9998"),
        "{}",
        members.bad[1]
    );
}
