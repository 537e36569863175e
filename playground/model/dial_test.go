package model

import (
	"strings"
	"testing"
)

const oneCert = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"

// TLS ends where somebody chose, the certificates go with the dial, and both
// survive a reload; a dial at the relay gets none of it.
func TestWhereTLSEnds(t *testing.T) {
	f := flags()
	f.Settings[SettingDial] = `{"Address":"example.net:443","TLS":true,"Path":"/"}`
	d := open(t, f, push(t))
	d.click(ActMode, string(ModeDial), 0)
	if v := d.m.Dial(); v.InTab || v.HasKeys {
		t.Errorf("TLS ends in the tab though nobody asked: %+v", v)
	}
	d.click(ActTLSEnd, EndTab, 0)
	d.send(DialEdited{"trusted", strings.ReplaceAll(oneCert, "\n", "\r\n")})
	if v := d.m.Dial(); !v.InTab || v.Trusted != oneCert || !strings.Contains(v.Trusts, "1 certificate of yours") {
		t.Errorf("the form is %+v", v)
	}
	again := flags()
	again.Settings[SettingDial] = must[SaveSetting](d).Value
	if v := open(t, again, push(t)).m.Dial(); v.Trusted != oneCert {
		t.Errorf("a reload forgot the certificates: %+v", v)
	}
	d.click(ActRun, "", 0)
	if e := must[Dial](d); !e.TLS || !e.InTab || e.Trusted != oneCert {
		t.Errorf("the dial is %+v", e)
	}
	d.click(ActTLSEnd, EndRelay, 0)
	d.click(ActRun, "", 0)
	if e := must[Dial](d); !e.TLS || e.InTab || e.Trusted != "" {
		t.Errorf("the dial is %+v", e)
	}
	d.click(ActTLSEnd, EndTab, 0)
	d.click(ActTLS, "", 0)
	d.click(ActRun, "", 0)
	if e := must[Dial](d); e.TLS || e.InTab {
		t.Errorf("a dial without TLS is %+v", e)
	}
}

// What is no certificate is told before anybody dials.
func TestTrustedCertificates(t *testing.T) {
	f := flags()
	f.Settings[SettingDial] = `{"Address":"example.net:443","TLS":true,"Path":"/","InTab":true}`
	for text, says := range map[string]string{
		"": "", oneCert: "", "a note\n" + oneCert + oneCert: "",
		"hello":    "must be PEM",
		"\x30\x82": "must be PEM",
		oneCert + "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n": "perhaps a key",
		oneCert + strings.Repeat("x", maxPEM):                                      "1 MiB",
	} {
		d := open(t, f, push(t))
		d.click(ActMode, string(ModeDial), 0)
		d.send(DialEdited{"trusted", text})
		d.click(ActRun, "", 0)
		if v := d.m.Dial(); says == "" && v.Bad || !strings.Contains(v.Status, says) {
			t.Errorf("%.60q: the form says %q; want %q", text, v.Status, says)
		}
	}
}

// The key log is the last dial's, and goes into a file when somebody asks.
func TestKeyLog(t *testing.T) {
	f := flags()
	f.Settings[SettingDial] = `{"Address":"[::1]:8443","TLS":true,"Path":"/","InTab":true}`
	d := open(t, f, push(t))
	d.click(ActMode, string(ModeDial), 0)
	d.click(ActRun, "", 0)
	serial := must[Dial](d).Serial
	d.send(KeysTold{serial - 1, "OLD 1 2\n"})
	d.send(KeysTold{serial, "ONE 1 2\n"})
	d.send(KeysTold{serial, "TWO 1 2\n"})
	if v := d.m.Dial(); !v.HasKeys || v.Keys != "Save the key log of [::1]:8443, 2 lines" {
		t.Errorf("the button says %q", v.Keys)
	}
	d.click(ActKeyLog, "", 0)
	if f := must[SaveFile](d); f.Name != "1--8443.keys" || f.Text != "ONE 1 2\nTWO 1 2\n" {
		t.Errorf("saved is %+v", f)
	}
	if strings.Contains(d.m.Fragment(), "ONE") {
		t.Error("the address has the key log")
	}
	d.click(ActPickTrusted, "", 0)
	if p := must[PickText](d); p.Field != "trusted" || p.Most != maxPEM {
		t.Errorf("%+v", p)
	}
	d.click(ActRun, "", 0)
	if v := d.m.Dial(); v.HasKeys {
		t.Error("the key log of the dial before is still there")
	}
}
