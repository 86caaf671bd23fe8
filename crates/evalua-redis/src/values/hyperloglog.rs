//! HyperLogLogs: estimates of how many different elements there have been, kept in strings.
//!
//! Owns the format of these strings, which is the server's to the byte: a header, then 16,384 registers,
//! either six bits each (dense) or as runs of equal ones (sparse). Such a string can be written by
//! anybody, so nothing here trusts that it is well-formed. The estimator is Otmar Ertl's ("New
//! cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284), the hash
//! MurmurHash64A.

const MAGIC: &[u8; 4] = b"HYLL";
const HEADER: usize = 16;

/// Where in the header the encoding is.
const ENCODING: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// Where in the header the last estimate is; the highest bit of its last byte marks it as outdated.
const CACHE: std::ops::Range<usize> = 8..16;
const OUTDATED: u8 = 0x80;

/// How many bits of the hash choose the register.
const INDEX_BITS: u32 = 14;
const REGISTERS: usize = 1 << INDEX_BITS;
const DENSE_LEN: usize = HEADER + REGISTERS * 6 / 8;

/// The greatest count that elements give.
const MAX_COUNT: usize = 64 - INDEX_BITS as usize + 1;

const SEED: u64 = 0xadc8_3b19;

/// A string that is no well-formed HyperLogLog behind its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupted;

/// All registers, one a byte.
#[derive(Clone, Debug)]
pub struct Registers(Box<[u8]>);

impl Default for Registers {
    fn default() -> Registers {
        Registers(vec![0; REGISTERS].into())
    }
}

impl Registers {
    /// The registers in order.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Raises each register to that of a HyperLogLog.
    ///
    /// # Errors
    /// [`Corrupted`].
    pub fn merge(&mut self, hll: &[u8]) -> Result<(), Corrupted> {
        if is_dense(hll) {
            for (index, register) in self.0.iter_mut().enumerate() {
                *register = (*register).max(dense_get(hll, index));
            }
            return Ok(());
        }
        let mut index = 0;
        for run in Runs::of(hll) {
            if let Run::Value(value, len) = run {
                let there = self.0.get_mut(index..index + len).ok_or(Corrupted)?;
                for register in there {
                    *register = (*register).max(value);
                }
            }
            index += run.len();
        }
        if index == REGISTERS {
            Ok(())
        } else {
            Err(Corrupted)
        }
    }

    /// The estimate.
    pub fn estimate(&self) -> u64 {
        let mut histogram = [0; 64];
        for register in &self.0 {
            histogram[usize::from(register & 63)] += 1;
        }
        estimate(&histogram)
    }
}

/// A new HyperLogLog, of no elements.
pub fn new() -> Vec<u8> {
    let mut hll = vec![0; HEADER];
    hll[..MAGIC.len()].copy_from_slice(MAGIC);
    hll[ENCODING] = SPARSE;
    Run::LongZero(REGISTERS).push_to(&mut hll);
    hll
}

/// Whether a string has the header of a HyperLogLog, and the right length for a dense one.
pub fn is_valid(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER
        && bytes.starts_with(MAGIC)
        && match bytes[ENCODING] {
            DENSE => bytes.len() == DENSE_LEN,
            encoding => encoding == SPARSE,
        }
}

/// Whether a valid one is dense.
pub fn is_dense(hll: &[u8]) -> bool {
    hll[ENCODING] == DENSE
}

/// Adds an element; tells whether a register has changed.
///
/// # Errors
/// [`Corrupted`].
pub fn add(hll: &mut Vec<u8>, element: &[u8], sparse_max: usize) -> Result<bool, Corrupted> {
    let hash = murmur_hash(element, SEED);
    let index = hash as usize & (REGISTERS - 1);
    // The one bit more ends every run of zeros.
    let zeros = (hash >> INDEX_BITS | 1 << (64 - INDEX_BITS)).trailing_zeros();
    raise(hll, index, zeros as u8 + 1, sparse_max)
}

/// Raises registers to those given, as far as they can be.
pub fn raise_all(hll: &mut Vec<u8>, registers: &Registers, sparse_max: usize) {
    for (index, &value) in registers.0.iter().enumerate() {
        if value > 0 {
            // What is corrupted was refused when the registers were read.
            let _ = raise(hll, index, value, sparse_max);
        }
    }
}

/// Raises a register; tells whether it has changed.
fn raise(hll: &mut Vec<u8>, index: usize, value: u8, sparse_max: usize) -> Result<bool, Corrupted> {
    if !is_dense(hll) {
        match sparse_raise(hll, index, value, sparse_max)? {
            Raised::Done(changed) => return Ok(changed),
            Raised::NoRoom => make_dense(hll)?,
        };
    }
    let is_higher = value > dense_get(hll, index);
    if is_higher {
        dense_set(hll, index, value);
    }
    Ok(is_higher)
}

/// The place of a register in a dense one: byte and bit.
fn place(index: usize) -> (usize, usize) {
    (HEADER + index * 6 / 8, index * 6 % 8)
}

fn dense_get(hll: &[u8], index: usize) -> u8 {
    let (byte, bit) = place(index);
    let low = u16::from(hll[byte]);
    let high = hll.get(byte + 1).copied().map_or(0, u16::from);
    ((low | high << 8) >> bit) as u8 & 63
}

fn dense_set(hll: &mut [u8], index: usize, value: u8) {
    let (byte, bit) = place(index);
    let (mask, value) = (63_u16 << bit, u16::from(value & 63) << bit);
    hll[byte] = hll[byte] & !(mask as u8) | value as u8;
    if let Some(high) = hll.get_mut(byte + 1) {
        *high = *high & !((mask >> 8) as u8) | (value >> 8) as u8;
    }
}

/// Makes it dense; the estimate in its header stays. Tells whether it was not.
///
/// # Errors
/// [`Corrupted`].
pub fn make_dense(hll: &mut Vec<u8>) -> Result<bool, Corrupted> {
    if is_dense(hll) {
        return Ok(false);
    }
    let mut registers = Registers::default();
    registers.merge(hll)?;
    let mut dense = vec![0; DENSE_LEN];
    dense[..HEADER].copy_from_slice(&hll[..HEADER]);
    dense[ENCODING] = DENSE;
    for (index, &value) in registers.0.iter().enumerate() {
        dense_set(&mut dense, index, value);
    }
    *hll = dense;
    Ok(true)
}

/// Marks the estimate in the header as outdated.
pub fn invalidate(hll: &mut [u8]) {
    hll[CACHE.end - 1] |= OUTDATED;
}

/// The estimate in the header, unless it is outdated.
pub fn cached(hll: &[u8]) -> Option<u64> {
    let bytes: [u8; 8] = hll.get(CACHE)?.try_into().ok()?;
    (bytes[7] & OUTDATED == 0).then(|| u64::from_le_bytes(bytes))
}

/// Computes the estimate and keeps it in the header.
///
/// # Errors
/// [`Corrupted`].
pub fn refresh(hll: &mut [u8]) -> Result<u64, Corrupted> {
    let mut histogram = [0; 64];
    if is_dense(hll) {
        for index in 0..REGISTERS {
            histogram[usize::from(dense_get(hll, index))] += 1;
        }
    } else {
        let mut registers = 0;
        for run in Runs::of(hll) {
            histogram[usize::from(run.value())] += run.len();
            registers += run.len();
        }
        if registers != REGISTERS {
            return Err(Corrupted);
        }
    }
    let count = estimate(&histogram);
    hll[CACHE].copy_from_slice(&count.to_le_bytes());
    Ok(count)
}

/// The runs of a sparse one as text: `Z` and `z` for long and short runs of zeros, `v` for a value
/// and its number.
pub fn describe(hll: &[u8]) -> String {
    let runs = Runs::of(hll).map(|run| match run {
        Run::Zero(len) => format!("z:{len}"),
        Run::LongZero(len) => format!("Z:{len}"),
        Run::Value(value, len) => format!("v:{value},{len}"),
    });
    runs.collect::<Vec<_>>().join(" ")
}

/// A run of equal registers in the sparse form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// `00nnnnnn`: up to 64 zeros.
    Zero(usize),
    /// `01nnnnnn nnnnnnnn`: up to 16,384 zeros.
    LongZero(usize),
    /// `1vvvvvnn`: up to 4 times a value up to 32.
    Value(u8, usize),
}

impl Run {
    const MAX_ZERO: usize = 64;
    const MAX_VALUE: u8 = 32;
    const MAX_VALUES: usize = 4;

    /// The shortest form of so many zeros.
    fn zeros(len: usize) -> Run {
        if len > Run::MAX_ZERO {
            Run::LongZero(len)
        } else {
            Run::Zero(len)
        }
    }

    /// The run at the start of these bytes. The second byte of a long one may be missing, and is then
    /// the zero that the server has behind every string.
    fn decode(bytes: &[u8]) -> Option<Run> {
        let (&first, rest) = bytes.split_first()?;
        let low = usize::from(first & 0x3f);
        Some(match first >> 6 {
            0 => Run::Zero(low + 1),
            1 => {
                let second = rest.first().copied().unwrap_or(0);
                Run::LongZero((low << 8 | usize::from(second)) + 1)
            }
            _ => Run::Value((first >> 2 & 31) + 1, usize::from(first & 3) + 1),
        })
    }

    fn push_to(self, out: &mut Vec<u8>) {
        match self {
            Run::Zero(len) => out.push(len as u8 - 1),
            Run::LongZero(len) => {
                let len = len - 1;
                out.extend([0x40 | (len >> 8) as u8, len as u8]);
            }
            Run::Value(value, len) => out.push(0x80 | (value - 1) << 2 | (len as u8 - 1)),
        }
    }

    /// How many registers it covers.
    fn len(self) -> usize {
        match self {
            Run::Zero(len) | Run::LongZero(len) | Run::Value(_, len) => len,
        }
    }

    /// How many bytes it takes.
    fn size(self) -> usize {
        match self {
            Run::LongZero(_) => 2,
            Run::Zero(_) | Run::Value(..) => 1,
        }
    }

    fn value(self) -> u8 {
        match self {
            Run::Zero(_) | Run::LongZero(_) => 0,
            Run::Value(value, _) => value,
        }
    }
}

/// The runs of a sparse HyperLogLog.
struct Runs<'a> {
    rest: &'a [u8],
}

impl<'a> Runs<'a> {
    fn of(hll: &'a [u8]) -> Runs<'a> {
        Runs {
            rest: hll.get(HEADER..).unwrap_or_default(),
        }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let run = Run::decode(self.rest)?;
        self.rest = self.rest.get(run.size()..).unwrap_or_default();
        Some(run)
    }
}

/// What came of raising a register in the sparse form.
enum Raised {
    /// Whether it has changed.
    Done(bool),
    /// The sparse form cannot hold it.
    NoRoom,
}

fn sparse_raise(
    hll: &mut Vec<u8>,
    index: usize,
    value: u8,
    sparse_max: usize,
) -> Result<Raised, Corrupted> {
    if value > Run::MAX_VALUE {
        return Ok(Raised::NoRoom);
    }
    // The run that covers the register, where it starts, and the run before.
    let (mut at, mut before, mut first) = (HEADER, HEADER, 0);
    let run = loop {
        let run = Run::decode(hll.get(at..).unwrap_or_default()).ok_or(Corrupted)?;
        if index < first + run.len() {
            break run;
        }
        first += run.len();
        before = at;
        at += run.size();
    };
    if run.value() >= value {
        return Ok(Raised::Done(false));
    }
    let part = |len| match run {
        Run::Value(old, _) => Run::Value(old, len),
        Run::Zero(_) | Run::LongZero(_) => Run::zeros(len),
    };
    let mut split = Vec::with_capacity(5);
    let (left, right) = (index - first, first + run.len() - 1 - index);
    if left > 0 {
        part(left).push_to(&mut split);
    }
    Run::Value(value, 1).push_to(&mut split);
    if right > 0 {
        part(right).push_to(&mut split);
    }
    let end = (at + run.size()).min(hll.len());
    let len = hll.len() + split.len() - run.size();
    if split.len() > run.size() && len > sparse_max {
        return Ok(Raised::NoRoom);
    }
    hll.splice(at..end, split);
    // Where the second byte of a run is missing, the server grows as if it were there.
    hll.truncate(len);
    merge_runs(hll, before);
    invalidate(hll);
    Ok(Raised::Done(true))
}

/// Joins neighbours of the same value, looking at five runs from a position on, as the server does.
fn merge_runs(hll: &mut Vec<u8>, mut at: usize) {
    for _ in 0..5 {
        let next = |hll: &[u8], at| Run::decode(hll.get(at..).unwrap_or_default());
        let Some(run) = next(hll, at) else {
            return;
        };
        if let (Run::Value(a, m), Some(Run::Value(b, n))) = (run, next(hll, at + 1))
            && a == b
            && m + n <= Run::MAX_VALUES
        {
            let mut joined = Vec::with_capacity(1);
            Run::Value(a, m + n).push_to(&mut joined);
            hll.splice(at..at + 2, joined);
        } else {
            at += run.size();
        }
    }
}

/// The estimate from the number of registers of each value.
fn estimate(histogram: &[usize; 64]) -> u64 {
    /// `1 / (2 ln 2)`
    const ALPHA: f64 = 0.721_347_520_444_481_7;
    let registers = REGISTERS as f64;
    let share = |count: usize| count as f64 / registers;
    let mut z = registers * tau(share(REGISTERS - histogram[MAX_COUNT].min(REGISTERS)));
    for count in histogram[1..MAX_COUNT].iter().rev() {
        z += *count as f64;
        z *= 0.5;
    }
    z += registers * sigma(share(histogram[0]));
    (ALPHA * registers * registers / z).round() as u64
}

/// Ertl's sigma, for registers that are zero.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

/// Ertl's tau, for registers that are full.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

/// MurmurHash64A.
fn murmur_hash(bytes: &[u8], seed: u64) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;
    // The server's length is an int.
    let len = bytes.len() as i32 as u64;
    let mut hash = seed ^ len.wrapping_mul(FACTOR);
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let mut buffer = [0; 8];
        buffer.copy_from_slice(word);
        let mut k = u64::from_le_bytes(buffer).wrapping_mul(FACTOR);
        k ^= k >> SHIFT;
        hash = (hash ^ k.wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        let mut buffer = [0; 8];
        buffer[..tail.len()].copy_from_slice(tail);
        hash = (hash ^ u64::from_le_bytes(buffer)).wrapping_mul(FACTOR);
    }
    hash ^= hash >> SHIFT;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ hash >> SHIFT
}

/// Whether dense registers keep what they are set to, and estimates are near the truth in both forms:
/// what PFSELFTEST asks. `random` gives numbers.
///
/// # Errors
/// What is wrong.
pub fn self_test(mut random: impl FnMut() -> u64, sparse_max: usize) -> Result<(), String> {
    const CYCLES: usize = 10;
    const ELEMENTS: u64 = 1_000_000;
    let mut dense = new();
    make_dense(&mut dense).map_err(|_| "an empty HyperLogLog is corrupted".to_owned())?;
    for _ in 0..CYCLES {
        let values: Vec<u8> = (0..REGISTERS).map(|_| random() as u8 & 63).collect();
        for (index, value) in values.iter().enumerate() {
            dense_set(&mut dense, index, *value);
        }
        for (index, value) in values.iter().enumerate() {
            let found = dense_get(&dense, index);
            if found != *value {
                return Err(format!("Register {index} should be {value} but is {found}"));
            }
        }
    }
    dense[HEADER..].fill(0);
    let mut sparse = new();
    let seed = random();
    let error = 1.04 / (REGISTERS as f64).sqrt();
    let mut checkpoint = 1;
    for element in 1..=ELEMENTS {
        let bytes = (element ^ seed).to_le_bytes();
        for hll in [&mut dense, &mut sparse] {
            add(hll, &bytes, sparse_max).map_err(|_| "corrupted by adding".to_owned())?;
        }
        if element != checkpoint {
            continue;
        }
        if element < sparse_max as u64 / 2 && is_dense(&sparse) {
            return Err("sparse encoding not used".to_owned());
        }
        let counts = [refresh(&mut dense), refresh(&mut sparse)];
        let [Ok(count), Ok(other)] = counts else {
            return Err("corrupted by adding".to_owned());
        };
        if count != other {
            return Err("dense/sparse disagree".to_owned());
        }
        let off = count.abs_diff(element);
        // Two of ten elements may well share a register.
        let most = if element == 10 {
            1.0
        } else {
            (error * 6.0 * element as f64).ceil()
        };
        if off as f64 > most {
            return Err(format!("Too big error. card:{element} abserr:{off}"));
        }
        checkpoint *= 10;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_in_both_forms_are_those_of_a_plain_array() {
        let mut rng = crate::rng::Rng::new(3);
        for sparse_max in [100, 3000] {
            let (mut hll, mut model) = (new(), Registers::default());
            for step in 0..3000 {
                let index = rng.below(if step % 2 == 0 { 40 } else { REGISTERS });
                let value = rng.below(if step < 2500 { 4 } else { 60 }) as u8;
                let changes = value > model.0[index];
                model.0[index] = model.0[index].max(value);
                assert_eq!(raise(&mut hll, index, value, sparse_max), Ok(changes));
                assert!(is_valid(&hll));
                assert!(is_dense(&hll) || hll.len() <= sparse_max);
            }
            let mut registers = Registers::default();
            registers.merge(&hll).unwrap();
            assert_eq!(registers.0, model.0);
            assert_eq!(refresh(&mut hll), Ok(model.estimate()));
            assert_eq!(cached(&hll), Some(model.estimate()));
        }
    }

    #[test]
    fn what_is_corrupted_is_refused_and_never_panics() {
        let mut rng = crate::rng::Rng::new(8);
        for _ in 0..2000 {
            let mut hll = new();
            hll.truncate(HEADER);
            hll.extend((0..rng.below(8)).map(|_| rng.next_u64() as u8));
            let whole = Runs::of(&hll).map(Run::len).sum::<usize>() == REGISTERS;
            assert_eq!(refresh(&mut hll).is_ok(), whole);
            assert_eq!(Registers::default().merge(&hll).is_ok(), whole);
            let _ = add(&mut hll, &rng.next_u64().to_le_bytes(), 20);
            assert!(!describe(&new()).is_empty());
        }
    }

    #[test]
    fn a_run_without_its_second_byte_grows_as_on_the_server() {
        let mut hll = new();
        hll.truncate(HEADER);
        hll.push(0x7f);
        assert_eq!(raise(&mut hll, 100, 3, 3000), Ok(true));
        assert_eq!(hll[HEADER..], [0x40, 99, 0x88, 0x7e]);
    }

    #[test]
    fn passes_its_own_test() {
        let mut rng = crate::rng::Rng::new(1);
        assert_eq!(self_test(|| rng.next_u64(), 3000), Ok(()));
    }
}
