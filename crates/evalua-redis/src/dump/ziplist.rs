//! Ziplists, which came before listpacks, in payloads of old servers.

use crate::values::listpack::Listpack;

/// Whole length, place of the last entry, number of entries.
const HEADER: usize = 10;
const END: u8 = 0xff;

/// The elements of a ziplist; `None` when it is not well-formed.
pub fn elements(bytes: &[u8]) -> Option<Listpack> {
    const UNKNOWN: u16 = u16::MAX;
    let len = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
    let count = u16::from_le_bytes(bytes.get(8..HEADER)?.try_into().ok()?);
    let (&end, _) = bytes.split_last()?;
    if usize::try_from(len).ok()? != bytes.len() || end != END {
        return None;
    }
    let mut out = Listpack::new();
    let mut rest = bytes.get(HEADER..bytes.len() - 1)?;
    let mut before = 0;
    while !rest.is_empty() {
        let start = rest.len();
        let stated = match take::<1>(&mut rest)? {
            [0xfe] => u32::from_le_bytes(take(&mut rest)?) as usize,
            [len] => usize::from(len),
        };
        if stated != before {
            return None;
        }
        entry(&mut rest, &mut out)?;
        before = start - rest.len();
    }
    (count == UNKNOWN || usize::from(count) == out.len()).then_some(out)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

/// Reads an entry behind the length of the one before.
fn entry(rest: &mut &[u8], out: &mut Listpack) -> Option<()> {
    let [code] = take(rest)?;
    let int = match code {
        0xc0 => i16::from_le_bytes(take(rest)?).into(),
        0xd0 => i32::from_le_bytes(take(rest)?).into(),
        0xe0 => i64::from_le_bytes(take(rest)?),
        0xf0 => {
            let [low, middle, high] = take(rest)?;
            i64::from(i32::from_le_bytes([0, low, middle, high]) >> 8)
        }
        0xfe => i8::from_le_bytes(take(rest)?).into(),
        0xf1..=0xfd => i64::from(code & 0x0f) - 1,
        code if code >= 0xc0 => return None,
        code => {
            let low = usize::from(code & 0x3f);
            let len = match code >> 6 {
                0 => low,
                1 => low << 8 | usize::from(take::<1>(rest)?[0]),
                _ => u32::from_be_bytes(take(rest)?) as usize,
            };
            let (text, behind) = rest.split_at_checked(len)?;
            out.push(text);
            *rest = behind;
            return Some(());
        }
    };
    out.push(itoa::Buffer::new().format(int).as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_is_read() {
        let entries: [(&[u8], &str); 9] = [
            (&[0xf1], "0"),
            (&[0xfd], "12"),
            (&[0xfe, 0xff], "-1"),
            (&[0xc0, 0, 1], "256"),
            (&[0xf0, 0, 0, 0x80], "-8388608"),
            (&[0xd0, 0, 0, 0, 1], "16777216"),
            (&[0xe0, 0, 0, 0, 0, 1, 0, 0, 0], "4294967296"),
            (&[1, b'a'], "a"),
            (&[0x40, 2, b'b', b'c'], "bc"),
        ];
        let mut bytes = vec![0; HEADER];
        let mut before = 0;
        for (entry, _) in entries {
            bytes.push(before);
            bytes.extend(entry);
            before = entry.len() as u8 + 1;
        }
        bytes.push(END);
        bytes[8] = entries.len() as u8;
        bytes[0] = bytes.len() as u8;
        let read = elements(&bytes).unwrap();
        let texts = read.iter().map(|element| element.to_bytes().into_owned());
        assert!(texts.eq(entries.iter().map(|(_, text)| text.as_bytes().to_vec())));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged.remove(at);
            assert!(elements(&damaged).is_none(), "{at}");
        }
    }
}
