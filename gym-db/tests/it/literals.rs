//! A statement as diesel shows it, with its values written where they go.

/// Splits what diesel shows of a list of values.
fn values(shown: &str) -> Vec<String> {
    let (mut values, mut depth, mut quoted, mut escaped) = (vec![String::new()], 0, false, false);
    for c in shown.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        values.last_mut().unwrap().push(c);
    }
    values
        .iter()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .collect()
}

fn literal(value: &str) -> String {
    if let Some(text) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    if let Some(list) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items: Vec<String> = values(list).iter().map(|item| literal(item)).collect();
        return format!("ARRAY[{}]", items.join(", "));
    }
    if let Some(some) = value
        .strip_prefix("Some(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return literal(some);
    }
    match value {
        "None" => "NULL".to_owned(),
        "true" | "false" => value.to_uppercase(),
        _ if value.parse::<i64>().is_ok() => value.to_owned(),
        _ => format!("'{}'", value.replace('T', " ")),
    }
}

/// Puts the values into a statement as diesel shows it; no value may change which index serves.
pub fn written_out(shown: &str) -> String {
    let Some((statement, binds)) = shown.split_once(" -- binds: ") else {
        return shown.to_owned();
    };
    let binds = binds.trim();
    let binds = binds
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap();
    let binds: Vec<String> = values(binds).iter().map(|value| literal(value)).collect();
    if statement.contains('?') {
        let mut binds = binds.into_iter();
        let parts: Vec<&str> = statement.split('?').collect();
        let (last, others) = parts.split_last().unwrap();
        let filled = others
            .iter()
            .map(|part| format!("{part}{}", binds.next().unwrap()));
        return filled.collect::<String>() + last;
    }
    let numbered = binds.iter().enumerate().rev();
    numbered.fold(statement.to_owned(), |text, (n, value)| {
        text.replace(&format!("${}", n + 1), value)
    })
}

#[test]
fn a_value_is_put_where_it_was() {
    let shown = r#"SELECT "a" WHERE ("b" = $1) AND "c" = ANY($2) LIMIT $3 -- binds: [2026-03-02T08:05:00, ["x, y", "it's"], 7]"#;
    let written =
        r#"SELECT "a" WHERE ("b" = '2026-03-02 08:05:00') AND "c" = ANY(ARRAY['x, y', 'it''s']) LIMIT 7"#;
    assert_eq!(written_out(shown), written);
    let shown = "SELECT `a` WHERE `b` = ? AND `c` IN (?, ?) -- binds: [true, \"x\", None]";
    assert_eq!(
        written_out(shown),
        "SELECT `a` WHERE `b` = TRUE AND `c` IN ('x', NULL)"
    );
    assert_eq!(written_out("COMMIT"), "COMMIT");
}
