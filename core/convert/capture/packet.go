package capture

import (
	"encoding/binary"
	"net/netip"
)

// Link types, as the pcap registry numbers them.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawBSD   = 12
	linkRawOpen  = 14
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

// Ethertypes.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8
	etherOld  = 0x9100
)

const (
	protoTCP = 6
	// maxTags is how many VLAN tags a packet may have, and IPv6 extensions.
	maxTags = 8
)

// segment is a TCP segment of a packet.
type segment struct {
	src, dst netip.AddrPort
	seq, ack uint32
	flags    byte
	data     []byte // what the file has of the payload
	length   int    // octets of the payload on the wire
}

// TCP's flags.
const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagACK = 16
)

// what a packet is, beside TCP.
type verdict uint8

const (
	isTCP verdict = iota
	isOther
	isFragment
	isBroken
	isUnknownLink
)

// parse finds the TCP segment of a packet.
func parse(p packet) (s segment, v verdict) {
	b, ether, v := network(p)
	if v != isTCP {
		return s, v
	}
	missing := p.length - len(p.data)
	if len(b) == 0 {
		return s, isBroken
	}
	if ether == 0 {
		switch b[0] >> 4 {
		case 4:
			ether = etherIPv4
		case 6:
			ether = etherIPv6
		default:
			return s, isBroken
		}
	}
	switch ether {
	case etherIPv4:
		return ipv4(b, missing)
	case etherIPv6:
		return ipv6(b, missing)
	}
	return s, isOther
}

// network steps over the link layer. ether is 0 where the IP packet tells its
// version by itself.
func network(p packet) (b []byte, ether uint16, v verdict) {
	b = p.data
	be := binary.BigEndian
	skip := 0
	switch p.link {
	case linkRaw, linkRawBSD, linkRawOpen, linkIPv4, linkIPv6:
		return b, 0, isTCP
	case linkNull, linkLoop: // four octets of address family, in whatever order
		skip = 4
	case linkEthernet:
		skip = 14
	case linkSLL:
		skip = 16
	case linkSLL2:
		skip = 20
	default:
		return nil, 0, isUnknownLink
	}
	if len(b) < skip {
		return nil, 0, isBroken
	}
	switch p.link {
	case linkEthernet:
		ether = be.Uint16(b[12:])
	case linkSLL:
		ether = be.Uint16(b[14:])
	case linkSLL2:
		ether = be.Uint16(b)
	}
	b = b[skip:]
	for range maxTags {
		if ether != etherVLAN && ether != etherQinQ && ether != etherOld {
			break
		}
		if len(b) < 4 {
			return nil, 0, isBroken
		}
		ether, b = be.Uint16(b[2:]), b[4:]
	}
	return b, ether, isTCP
}

func ipv4(b []byte, missing int) (s segment, v verdict) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return s, isBroken
	}
	be := binary.BigEndian
	head, total := int(b[0]&15)*4, int(be.Uint16(b[2:]))
	if head < 20 || len(b) < head {
		return s, isBroken
	}
	if b[9] != protoTCP {
		return s, isOther
	}
	if be.Uint16(b[6:])&0x3fff != 0 { // more fragments, or not the first
		return s, isFragment
	}
	src, dst := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	length := len(b) - head + missing
	if total >= head { // 0 where the network card was to cut the packet
		length = min(length, total-head)
	}
	return tcp(src, dst, b[head:], length)
}

func ipv6(b []byte, missing int) (s segment, v verdict) {
	if len(b) < 40 || b[0]>>4 != 6 {
		return s, isBroken
	}
	length := len(b) - 40 + missing
	if n := int(binary.BigEndian.Uint16(b[4:])); n > 0 {
		length = min(length, n)
	}
	src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	next := b[6]
	b = b[40:]
	for range maxTags {
		n := 0
		switch next {
		case protoTCP:
			return tcp(src, dst, b, length)
		case 0, 43, 60: // hop-by-hop options, routing, destination options
			if len(b) < 8 {
				return s, isBroken
			}
			n = 8 + int(b[1])*8
		case 44:
			if len(b) < 8 {
				return s, isBroken
			}
			if binary.BigEndian.Uint16(b[2:])&0xfff9 != 0 {
				return s, isFragment
			}
			n = 8
		case 51: // authentication
			if len(b) < 8 {
				return s, isBroken
			}
			n = 8 + int(b[1])*4
		default:
			return s, isOther
		}
		if len(b) < n {
			return s, isBroken
		}
		next, b, length = b[0], b[n:], length-n
	}
	return s, isBroken
}

func tcp(src, dst netip.Addr, b []byte, length int) (s segment, v verdict) {
	if len(b) < 20 {
		return s, isBroken
	}
	be := binary.BigEndian
	head := int(b[12]>>4) * 4
	if head < 20 || head > length || len(b) < head {
		return s, isBroken
	}
	s.src, s.dst = netip.AddrPortFrom(src.Unmap(), be.Uint16(b)), netip.AddrPortFrom(dst.Unmap(), be.Uint16(b[2:]))
	s.seq, s.ack, s.flags = be.Uint32(b[4:]), be.Uint32(b[8:]), b[13]
	s.length = length - head
	s.data = b[head:min(len(b), length)] // behind it stands padding of Ethernet
	return s, isTCP
}
