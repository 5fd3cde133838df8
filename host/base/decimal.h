#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tide {

// An exact decimal number: an integer of any size times 10^-scale. Two decimals are equal when their values are,
// whatever their scale; text() keeps the scale it was written with ("1.10").
class Decimal {
 public:
  // More digits than PostgreSQL's numeric holds; results beyond raise kUsage.
  static constexpr int kMaxDigits = 150'000;

  // Optional sign, digits, optional fraction, optional exponent up to 4 digits; nullopt for anything else, and for
  // what is too long.
  static std::optional<Decimal> parse(std::string_view text);
  static Decimal from_int(std::int64_t value);
  // The shortest decimal that reads back as `value`; nullopt for NaN and infinity.
  static std::optional<Decimal> from_double(double value);

  Decimal(const Decimal& other);
  Decimal(Decimal&& other) noexcept;
  Decimal& operator=(Decimal other) noexcept;
  ~Decimal();

  Decimal operator+(const Decimal& other) const;
  Decimal operator-(const Decimal& other) const;
  Decimal operator*(const Decimal& other) const;
  Decimal operator-() const;
  // Quotient rounded half away from zero to `digits` after the point. The divisor is not zero.
  Decimal divide(const Decimal& divisor, int digits) const;
  Decimal round(int digits) const;

  // -1, 0, 1
  int compare(const Decimal& other) const;
  bool is_zero() const;
  int scale() const;
  std::optional<std::int64_t> to_int64() const;  // when it has no fraction (1.00 counts) and fits
  double to_double() const;                      // the nearest
  std::string text() const;

 private:
  struct Number;
  explicit Decimal(std::unique_ptr<Number> number);
  static Decimal checked(std::unique_ptr<Number> number);
  std::unique_ptr<Number> number_;
};

}  // namespace tide
