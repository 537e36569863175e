package model

import "testing"

func TestUnits(t *testing.T) {
	for _, x := range []struct {
		text  string
		units []unit
		want  int64
		err   string
	}{
		{"5ms", timeUnits, 5e6, ""}, {" 1.5 s ", timeUnits, 15e8, ""}, {"200us", timeUnits, 2e5, ""}, {"3 µs", timeUnits, 3e3, ""}, {"0", timeUnits, 0, ""},
		{"1.5Mbit/s", rateUnits, 187_500, ""}, {"64KiB/s", rateUnits, 65536, ""}, {"9600 bit/s", rateUnits, 1200, ""}, {"1 mbit/s", rateUnits, 125_000, ""},
		{"5", timeUnits, 0, "Write the unit as well: EX."},
		{"", timeUnits, 0, "Write a number with its unit: EX."}, {"fast", rateUnits, 0, "Write a number with its unit: EX."},
		{"5 parsecs", timeUnits, 0, `"parsecs" is no unit that is known here. Write EX.`},
		{"1000 s", timeUnits, 0, "That is more than the largest value, 600 s."}, {"1.2.3ms", timeUnits, 0, "Write a number with its unit: EX."},
		{"0.1 ns", timeUnits, 0, "That is less than the smallest value, 1 ns."}, {"-5ms", timeUnits, 0, "Write a number with its unit: EX."},
	} {
		n, err := quantity(x.text, x.units, false, 600e9, "EX")
		if n != x.want || err != x.err {
			t.Errorf("%q: %d %q, want %d %q", x.text, n, err, x.want, x.err)
		}
	}
	for n, want := range map[int64]string{0: "0 ms", 5e6: "5 ms", 15e8: "1.5 s", 2e5: "200 µs", 280e6: "280 ms", 7: "7 ns", 1_000_001: "1000.001 µs", 60e9: "60 s"} {
		got := duration(n)
		if back, err := quantity(got, timeUnits, false, 1<<62, ""); got != want || back != n || err != "" {
			t.Errorf("%d is written %q and read as %d (%s), want %q", n, got, back, err, want)
		}
	}
	for n, want := range map[int64]string{0: "unlimited", 187_500: "1.5 Mbit/s", 65536: "64 KiB/s", 1: "1 B/s", 12345: "12345 B/s", 1 << 20: "1 MiB/s"} {
		got := rate(n)
		if got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
		if back, err := quantity(got, rateUnits, false, 1<<62, ""); n != 0 && (back != n || err != "") {
			t.Errorf("%q is read as %d (%s)", got, back, err)
		}
	}
}
