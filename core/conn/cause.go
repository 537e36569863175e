package conn

// Rule is a rule of the protocol that made us send a frame without a verb of
// the owner's.
type Rule uint8

// The rules, each with the section that states it.
const (
	RuleNone            Rule = iota
	RulePreface              // RFC 9113 3.4: each end begins with SETTINGS
	RuleSettingsAck          // RFC 9113 6.5.3
	RulePingAck              // RFC 9113 6.7
	RuleWindow               // RFC 9113 6.9: octets that were consumed are given back
	RuleStreamError          // RFC 9113 5.4.2
	RuleConnectionError      // RFC 9113 5.4.1
	RuleRefused              // RFC 9113 5.1.2
	RuleShutdown             // RFC 9113 6.8
	RulePushRefused          // RFC 9113 8.4.2
	RuleStall                // RFC 9113 10.5: a stream made no progress
	RuleKeepAlive            // RFC 9113 6.7: is the peer still there?
	RuleIdle                 // RFC 9113 6.8: nothing happened for long
	RuleGrease               // RFC 9113 5.5: what is unknown must be ignored

	rules
)

var ruleNames = [rules]string{"", "preface", "settings-ack", "ping-ack", "window", "stream-error",
	"connection-error", "refused", "shutdown", "push-refused", "stall", "keep-alive", "idle", "grease"}

// String is the name under which a trace keeps the rule.
func (r Rule) String() string { return ruleNames[r] }

// Cause is why a frame was sent: a rule, or a verb that the owner tagged with
// SetCause (a line of the program that runs, say). Rule is RuleNone then.
type Cause struct {
	Tag  uint32
	Rule Rule
}

// SetCause tags the frames of the verbs that follow, also those that wait for a
// window first. 0 ends it.
func (c *Conn) SetCause(tag uint32) { c.cause = Cause{Tag: tag} }

// sent notes that a frame was appended to the output because of a verb of the
// owner's; sentBy, because of a rule; sentFor, because of an earlier verb.
func (c *Conn) sent() { c.sentFor(c.cause) }
func (c *Conn) sentBy(r Rule) {
	c.sentFor(Cause{Rule: r})
	c.guardForced()
}

func (c *Conn) sentFor(k Cause) {
	c.out.frames++
	if c.cfg.Causes {
		c.out.causes = append(c.out.causes, k)
	}
}
