#include "base/decimal.h"

#include <gmp.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

struct Decimal::Number {
  mpz_t units;  // the value times 10^scale
  int scale = 0;

  Number() { mpz_init(units); }
  Number(const Number& other) : scale(other.scale) { mpz_init_set(units, other.units); }
  Number& operator=(const Number&) = delete;
  ~Number() { mpz_clear(units); }

  void multiply_by_power_of_ten(int power) {
    mpz_t factor;
    mpz_init(factor);
    mpz_ui_pow_ui(factor, 10, static_cast<unsigned long>(power));
    mpz_mul(units, units, factor);
    mpz_clear(factor);
  }
  void rescale(int to) {
    if (to > scale) multiply_by_power_of_ten(to - scale);
    scale = std::max(scale, to);
  }
  // units = units / divisor, half away from zero
  void divide_rounding(const mpz_t divisor) {
    mpz_t remainder;
    mpz_init(remainder);
    const int sign = mpz_sgn(units) * mpz_sgn(divisor);
    mpz_tdiv_qr(units, remainder, units, divisor);
    mpz_mul_2exp(remainder, remainder, 1);
    if (mpz_cmpabs(remainder, divisor) >= 0) sign < 0 ? mpz_sub_ui(units, units, 1) : mpz_add_ui(units, units, 1);
    mpz_clear(remainder);
  }
};

namespace {

constexpr int kMaxExponent = 9999;

bool take_digits(std::string_view& text, std::string& digits) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  digits.append(text.substr(0, end));
  text.remove_prefix(end);
  return end > 0;
}

// "e-7" at the end of a number; false when something else stands there.
bool take_exponent(std::string_view text, int& exponent) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (negative || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  const auto failure = std::from_chars(text.data(), text.data() + text.size(), exponent).ec;
  if (negative) exponent = -exponent;
  return failure == std::errc() && std::abs(exponent) <= kMaxExponent;
}

}  // namespace

Decimal::Decimal(std::unique_ptr<Number> number) : number_(std::move(number)) {}

// GMP ends the process when a number outgrows the memory.
Decimal Decimal::checked(std::unique_ptr<Number> number) {
  if (number->scale > kMaxDigits || mpz_sizeinbase(number->units, 10) > kMaxDigits) {
    throw Error(ErrorKind::kUsage, cat("an exact number has at most ", kMaxDigits, " digits"));
  }
  return Decimal(std::move(number));
}

Decimal::Decimal(const Decimal& other) : number_(std::make_unique<Number>(*other.number_)) {}
Decimal::Decimal(Decimal&& other) noexcept = default;
Decimal& Decimal::operator=(Decimal other) noexcept {
  number_.swap(other.number_);
  return *this;
}
Decimal::~Decimal() = default;

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::string digits;
  bool any = take_digits(text, digits);
  int scale = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const auto before = digits.size();
    any = take_digits(text, digits) || any;
    scale = static_cast<int>(digits.size() - before);
  }
  int exponent = 0;
  if (!any || digits.size() > kMaxDigits || !take_exponent(text, exponent)) return std::nullopt;
  auto number = std::make_unique<Number>();
  mpz_set_str(number->units, digits.c_str(), 10);
  if (negative) mpz_neg(number->units, number->units);
  scale -= exponent;
  if (scale > kMaxDigits || static_cast<int>(digits.size()) - std::min(scale, 0) > kMaxDigits) return std::nullopt;
  if (scale < 0) number->multiply_by_power_of_ten(-scale);
  number->scale = std::max(scale, 0);
  return Decimal(std::move(number));
}

Decimal Decimal::from_int(std::int64_t value) { return *parse(std::to_string(value)); }

std::optional<Decimal> Decimal::from_double(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return parse(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

Decimal Decimal::operator+(const Decimal& other) const {
  auto left = std::make_unique<Number>(*number_);
  Number right(*other.number_);
  left->rescale(right.scale);
  right.rescale(left->scale);
  mpz_add(left->units, left->units, right.units);
  return checked(std::move(left));
}

Decimal Decimal::operator-(const Decimal& other) const { return *this + -other; }

Decimal Decimal::operator*(const Decimal& other) const {
  auto product = std::make_unique<Number>(*number_);
  mpz_mul(product->units, product->units, other.number_->units);
  product->scale += other.number_->scale;
  return checked(std::move(product));
}

Decimal Decimal::operator-() const {
  auto negated = std::make_unique<Number>(*number_);
  mpz_neg(negated->units, negated->units);
  return Decimal(std::move(negated));
}

Decimal Decimal::divide(const Decimal& divisor, int digits) const {
  auto quotient = std::make_unique<Number>(*number_);
  Number by(*divisor.number_);
  const int shift = digits + by.scale - quotient->scale;
  if (shift >= 0) {
    quotient->multiply_by_power_of_ten(shift);
  } else {
    by.multiply_by_power_of_ten(-shift);
  }
  quotient->scale = digits;
  quotient->divide_rounding(by.units);
  return checked(std::move(quotient));
}

Decimal Decimal::round(int digits) const { return divide(from_int(1), digits); }

int Decimal::compare(const Decimal& other) const {
  const int sign = mpz_sgn((*this - other).number_->units);
  return (sign > 0) - (sign < 0);
}

bool Decimal::is_zero() const { return mpz_sgn(number_->units) == 0; }
int Decimal::scale() const { return number_->scale; }

std::optional<std::int64_t> Decimal::to_int64() const {
  const Decimal whole = round(0);
  if (compare(whole) != 0 || !mpz_fits_slong_p(whole.number_->units)) return std::nullopt;
  return mpz_get_si(whole.number_->units);
}

double Decimal::to_double() const { return std::strtod(text().c_str(), nullptr); }

std::string Decimal::text() const {
  std::string digits(mpz_sizeinbase(number_->units, 10) + 2, '\0');
  mpz_get_str(digits.data(), 10, number_->units);
  digits.resize(digits.find('\0'));
  const auto scale = static_cast<std::size_t>(number_->scale);
  if (scale == 0) return digits;
  const std::size_t sign = digits.front() == '-' ? 1 : 0;
  if (digits.size() - sign <= scale) digits.insert(sign, scale + 1 - (digits.size() - sign), '0');
  digits.insert(digits.size() - scale, ".");
  return digits;
}

}  // namespace tide
