//! The digits of a double, as few as Loitsch's Grisu2 finds.
//!
//! The newer servers write doubles with this algorithm ("Printing Floating-Point Numbers Quickly and
//! Accurately with Integers", 2010). Its digits always read back as the same double, but about one
//! double in a thousand gets a digit more than the shortest, or other last digits; so an algorithm
//! that always finds the shortest gives other replies. Own work for that reason.

/// A number `mantissa * 2^exponent`.
#[derive(Clone, Copy)]
struct Scaled {
    mantissa: u64,
    exponent: i32,
}

impl Scaled {
    /// The same number with the highest bit of the mantissa set.
    fn normalized(self) -> Scaled {
        let shift = self.mantissa.leading_zeros();
        Scaled {
            mantissa: self.mantissa << shift,
            exponent: self.exponent - shift as i32,
        }
    }

    /// The product, rounded to 64 bits.
    fn times(self, other: Scaled) -> Scaled {
        let product = u128::from(self.mantissa) * u128::from(other.mantissa);
        Scaled {
            mantissa: ((product + (1 << 63)) >> 64) as u64,
            exponent: self.exponent + other.exponent + 64,
        }
    }
}

/// The decimal digits of a finite double above zero, and the power of ten to multiply them with.
pub fn digits(value: f64) -> (String, i32) {
    const HIDDEN_BIT: u64 = 1 << 52;
    let bits = value.to_bits();
    let fraction = bits & (HIDDEN_BIT - 1);
    let biased = (bits >> 52) as i32 & 0x7ff;
    let number = if biased == 0 {
        Scaled {
            mantissa: fraction,
            exponent: -1074,
        }
    } else {
        Scaled {
            mantissa: fraction | HIDDEN_BIT,
            exponent: biased - 1075,
        }
    };

    // The middles between the number and its neighbours, at one exponent. Below a power of two the
    // neighbour is half as far away.
    let upper = Scaled {
        mantissa: (number.mantissa << 1) + 1,
        exponent: number.exponent - 1,
    }
    .normalized();
    let closer = if number.mantissa == HIDDEN_BIT { 2 } else { 1 };
    let lower_exponent = number.exponent - closer;
    let lower = Scaled {
        mantissa: ((number.mantissa << closer) - 1) << (lower_exponent - upper.exponent),
        exponent: upper.exponent,
    };

    // Scaled by a power of ten to where the integer part has at most 32 bits. The products are off
    // by less than one, so the interval is made that much narrower.
    let (power, ten) = cached_power(upper.exponent);
    let number = number.normalized().times(ten);
    let low = lower.times(ten).mantissa + 1;
    let high = upper.times(ten);
    let (digits, exponent) = generate(
        number.mantissa,
        low,
        Scaled {
            mantissa: high.mantissa - 1,
            ..high
        },
    );
    (digits, exponent - power)
}

/// The shortest digits between `low` and `high`, then moved towards `number`. All three have the
/// exponent of `high`, which is negative.
fn generate(number: u64, low: u64, high: Scaled) -> (String, i32) {
    let point = high.exponent.unsigned_abs();
    let one = 1_u64 << point;
    let wanted = high.mantissa - number;
    let mut interval = high.mantissa - low;
    let mut whole = high.mantissa >> point;
    let mut fraction = high.mantissa & (one - 1);
    let mut digits = Vec::with_capacity(18);
    let push = |digits: &mut Vec<u8>, digit: u64| {
        if digit != 0 || !digits.is_empty() {
            digits.push(b'0' + digit as u8);
        }
    };
    let finish = |digits: Vec<u8>, exponent| {
        let digits = digits.into_iter().map(char::from).collect();
        (digits, exponent)
    };

    let mut unit = 1_000_000_000;
    for exponent in (0..10).rev() {
        push(&mut digits, whole / unit);
        whole %= unit;
        let rest = (whole << point) + fraction;
        if rest <= interval {
            approach(&mut digits, interval, rest, unit << point, wanted);
            return finish(digits, exponent);
        }
        unit /= 10;
    }
    let mut scale: u64 = 1;
    for exponent in 1.. {
        fraction *= 10;
        interval = interval.wrapping_mul(10);
        scale = scale.wrapping_mul(10);
        push(&mut digits, fraction >> point);
        fraction &= one - 1;
        if fraction < interval {
            approach(
                &mut digits,
                interval,
                fraction,
                one,
                wanted.wrapping_mul(scale),
            );
            return finish(digits, -exponent);
        }
    }
    unreachable!("every double has at most 17 digits")
}

/// Lowers the last digit as long as that brings the digits nearer to the number without leaving the
/// interval. `rest` is how far the digits are below the interval's upper end, `wanted` how far the
/// number is.
fn approach(digits: &mut [u8], interval: u64, mut rest: u64, unit: u64, wanted: u64) {
    let Some(last) = digits.last_mut() else {
        return;
    };
    while rest < wanted
        && interval - rest >= unit
        && (rest + unit < wanted || wanted - rest > rest + unit - wanted)
    {
        *last -= 1;
        rest += unit;
    }
}

/// The power of ten below, and that power, which brings a normalized number of that exponent to one
/// between -60 and -32.
fn cached_power(exponent: i32) -> (i32, Scaled) {
    // An estimate, which is right or one off.
    let power = (f64::from(-(exponent + POWERS.len() as i32)) * std::f64::consts::LOG10_2) as i32;
    let mut index = (power - FIRST_POWER) / POWER_STEP;
    loop {
        let power = FIRST_POWER + index * POWER_STEP;
        let ten = Scaled {
            mantissa: POWERS[index as usize],
            // The power times log2(10), rounded down, less the bits of the mantissa.
            exponent: ((power * 217_706) >> 16) - 63,
        };
        match exponent + ten.exponent + 64 {
            ..-60 => index += 1,
            -60..=-32 => return (power, ten),
            _ => index -= 1,
        }
    }
}

const FIRST_POWER: i32 = -348;
const POWER_STEP: i32 = 8;

/// The powers of ten from [`FIRST_POWER`] on in steps of [`POWER_STEP`], as mantissas with their
/// highest bit set, rounded to nearest.
#[rustfmt::skip]
const POWERS: [u64; 87] = [
    0xfa8fd5a0081c0288, 0xbaaee17fa23ebf76, 0x8b16fb203055ac76, 0xcf42894a5dce35ea,
    0x9a6bb0aa55653b2d, 0xe61acf033d1a45df, 0xab70fe17c79ac6ca, 0xff77b1fcbebcdc4f,
    0xbe5691ef416bd60c, 0x8dd01fad907ffc3c, 0xd3515c2831559a83, 0x9d71ac8fada6c9b5,
    0xea9c227723ee8bcb, 0xaecc49914078536d, 0x823c12795db6ce57, 0xc21094364dfb5637,
    0x9096ea6f3848984f, 0xd77485cb25823ac7, 0xa086cfcd97bf97f4, 0xef340a98172aace5,
    0xb23867fb2a35b28e, 0x84c8d4dfd2c63f3b, 0xc5dd44271ad3cdba, 0x936b9fcebb25c996,
    0xdbac6c247d62a584, 0xa3ab66580d5fdaf6, 0xf3e2f893dec3f126, 0xb5b5ada8aaff80b8,
    0x87625f056c7c4a8b, 0xc9bcff6034c13053, 0x964e858c91ba2655, 0xdff9772470297ebd,
    0xa6dfbd9fb8e5b88f, 0xf8a95fcf88747d94, 0xb94470938fa89bcf, 0x8a08f0f8bf0f156b,
    0xcdb02555653131b6, 0x993fe2c6d07b7fac, 0xe45c10c42a2b3b06, 0xaa242499697392d3,
    0xfd87b5f28300ca0e, 0xbce5086492111aeb, 0x8cbccc096f5088cc, 0xd1b71758e219652c,
    0x9c40000000000000, 0xe8d4a51000000000, 0xad78ebc5ac620000, 0x813f3978f8940984,
    0xc097ce7bc90715b3, 0x8f7e32ce7bea5c70, 0xd5d238a4abe98068, 0x9f4f2726179a2245,
    0xed63a231d4c4fb27, 0xb0de65388cc8ada8, 0x83c7088e1aab65db, 0xc45d1df942711d9a,
    0x924d692ca61be758, 0xda01ee641a708dea, 0xa26da3999aef774a, 0xf209787bb47d6b85,
    0xb454e4a179dd1877, 0x865b86925b9bc5c2, 0xc83553c5c8965d3d, 0x952ab45cfa97a0b3,
    0xde469fbd99a05fe3, 0xa59bc234db398c25, 0xf6c69a72a3989f5c, 0xb7dcbf5354e9bece,
    0x88fcf317f22241e2, 0xcc20ce9bd35c78a5, 0x98165af37b2153df, 0xe2a0b5dc971f303a,
    0xa8d9d1535ce3b396, 0xfb9b7cd9a4a7443c, 0xbb764c4ca7a44410, 0x8bab8eefb6409c1a,
    0xd01fef10a657842c, 0x9b10a4e5e9913129, 0xe7109bfba19c0c9d, 0xac2820d9623bf429,
    0x80444b5e7aa7cf85, 0xbf21e44003acdd2d, 0x8e679c2f5e44ff8f, 0xd433179d9c8cb841,
    0x9e19db92b4e31ba9, 0xeb96bf6ebadf77d9, 0xaf87023b9bf0ee6b,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn finds_the_servers_digits() {
        // Numbers for which these digits are not the shortest that read back, among others; the
        // expected ones are of the C program that Redis 7.2 uses.
        for (bits, expected) in [
            (0x41e8_3b2c_9e48_16b9, ("32522498422527738", -7)),
            (0x41e3_1e38_2376_f30e, ("25659804437171698", -7)),
            (0x435b_702a_b297_ac10, ("30892612233637952", 0)),
            (0x7969_0975_fbde_15b0, ("6934698245112694", 261)),
            (1, ("5", -324)),
            (0x3ff0_0000_0000_0000, ("1", 0)),
            (0x7fef_ffff_ffff_ffff, ("17976931348623157", 292)),
            (0x0010_0000_0000_0000, ("22250738585072014", -324)),
        ] {
            let (digits, exponent) = digits(f64::from_bits(bits));
            assert_eq!((digits.as_str(), exponent), expected, "{bits:016x}");
        }
    }

    #[test]
    fn digits_read_back_as_the_same_double() {
        let mut rng = Rng::new(4);
        let mut longer = 0;
        for _ in 0..20_000 {
            let value = f64::from_bits(rng.next_u64() >> 1);
            if value.is_finite() && value > 0.0 {
                let (digits, exponent) = digits(value);
                assert_eq!(format!("{digits}e{exponent}").parse(), Ok(value));
                let text = format!("{value:e}");
                let (mantissa, _) = text.split_once('e').unwrap();
                let shortest = mantissa.bytes().filter(u8::is_ascii_digit).count();
                longer += u32::from(digits.len() > shortest);
            }
        }
        // One in a thousand.
        assert!((5..60).contains(&longer), "{longer}");
    }
}
