/*
 * bgp: Border Gateway Protocol 4 (RFC 4271; capabilities RFC 5492; multiprotocol RFC 4760).
 *
 *     | marker 16, all ones | length 2 | type 1 | ...
 *     update:  | withdrawn length 2 | prefixes | attributes length 2 | attributes | prefixes |
 *     attribute: | flags 1 | type 1 | length 1 or 2 | value |     prefix: | bits 1 | as many bytes
 * as they need |
 */
#include "dissect/packet.h"

static const struct value_name type_names[] = {VALUE(1, "OPEN Message"),
                                               VALUE(2, "UPDATE Message"),
                                               VALUE(3, "NOTIFICATION Message"),
                                               VALUE(4, "KEEPALIVE Message"),
                                               VALUE(5, "ROUTE-REFRESH Message"),
                                               VALUE(6, "CAPABILITY Message"),
                                               VALUE(128, "Cisco ROUTE-REFRESH Message"),
                                               VALUES_END};
static const struct value_name open_opt_param_type_names[] = {VALUE(1, "Authentication"),
                                                              VALUE(2, "Capability"), VALUES_END};
static const struct value_name notify_major_error_names[] = {
    VALUE(1, "Message Header Error"),       VALUE(2, "OPEN Message Error"),
    VALUE(3, "UPDATE Message Error"),       VALUE(4, "Hold Timer Expired"),
    VALUE(5, "Finite State Machine Error"), VALUE(6, "Cease"),
    VALUE(7, "CAPABILITY Message Error"),   VALUES_END};
static const struct value_name notify_minor_error_names[] = {
    VALUE(1, "Connection Not Synchronized"), VALUE(2, "Bad Message Length"),
    VALUE(3, "Bad Message Type"), VALUES_END};
static const struct value_name notify_minor_error_open_names[] = {
    VALUE(1, "Unsupported Version Number"),
    VALUE(2, "Bad Peer AS"),
    VALUE(3, "Bad BGP Identifier"),
    VALUE(4, "Unsupported Optional Parameter"),
    VALUE(5, "Authentication Failure [Deprecated]"),
    VALUE(6, "Unacceptable Hold Time"),
    VALUE(7, "Unsupported Capability"),
    VALUE(8, "No supported AFI/SAFI (Cisco)"),
    VALUES_END};
static const struct value_name notify_minor_error_update_names[] = {
    VALUE(1, "Malformed Attribute List"),     VALUE(2, "Unrecognized Well-known Attribute"),
    VALUE(3, "Missing Well-known Attribute"), VALUE(4, "Attribute Flags Error"),
    VALUE(5, "Attribute Length Error"),       VALUE(6, "Invalid ORIGIN Attribute"),
    VALUE(7, "AS Routing Loop [Deprecated]"), VALUE(8, "Invalid NEXT_HOP Attribute"),
    VALUE(9, "Optional Attribute Error"),     VALUE(10, "Invalid Network Field"),
    VALUE(11, "Malformed AS_PATH"),           VALUES_END};
static const struct value_name notify_minor_error_state_names[] = {
    VALUE(1, "Receive Unexpected Message in OpenSent State"),
    VALUE(2, "Receive Unexpected Message in OpenConfirm State"),
    VALUE(3, "Receive Unexpected Message in Established State"), VALUES_END};
static const struct value_name notify_minor_error_cease_names[] = {
    VALUE(1, "Maximum Number of Prefixes Reached"),
    VALUE(2, "Administratively Shutdown"),
    VALUE(3, "Peer De-configured"),
    VALUE(4, "Administratively Reset"),
    VALUE(5, "Connection Rejected"),
    VALUE(6, "Other Configuration Change"),
    VALUE(7, "Connection Collision Resolution"),
    VALUE(8, "Out of Resources"),
    VALUE(9, "Hard Reset"),
    VALUES_END};
static const struct value_name notify_minor_error_capability_names[] = {
    VALUE(1, "Invalid Action Value"), VALUE(2, "Invalid Capability Length"),
    VALUE(3, "Malformed Capability Value"), VALUE(4, "Unsupported Capability Code"), VALUES_END};
static const struct value_name route_refresh_afi_names[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "IPv4"),
    VALUE(2, "IPv6"),
    VALUE(3, "NSAP"),
    VALUE(4, "HDLC (8-bit multidrop)"),
    VALUE(5, "BBN 1822"),
    VALUE(6, "802 (includes all 802 media plus Ethernet)"),
    VALUE(7, "E.163"),
    VALUE(8, "E.164 (SMDS, Frame Relay, ATM)"),
    VALUE(9, "F.69 (Telex)"),
    VALUE(10, "X.121 (X.25, Frame Relay)"),
    VALUE(11, "IPX"),
    VALUE(12, "Appletalk"),
    VALUE(13, "Decnet IV"),
    VALUE(14, "Banyan Vines"),
    VALUE(15, "E.164 with NSAP subaddress"),
    VALUE(16, "DNS (Domain Name System)"),
    VALUE(17, "Distinguished Name"),
    VALUE(18, "AS Number"),
    VALUE(19, "XTP over IP version 4"),
    VALUE(20, "XTP over IP version 6"),
    VALUE(21, "XTP native mode XTP"),
    VALUE(22, "Fibre Channel World-Wide Port Name"),
    VALUE(23, "Fibre Channel World-Wide Node Name"),
    VALUE(24, "GWID"),
    VALUE(25, "Layer-2 VPN"),
    VALUE(196, "Layer-2 VPN (old)"),
    VALUE(26, "MPLS-TP Section Endpoint Identifier"),
    VALUE(27, "MPLS-TP LSP Endpoint Identifier"),
    VALUE(28, "MPLS-TP Pseudowire Endpoint Identifier"),
    VALUE(29, "MT IP: Multi-Topology IP version 4"),
    VALUE(30, "MT IPv6: Multi-Topology IP version 6"),
    VALUE(0x4000, "EIGRP Common Service Family"),
    VALUE(0x4001, "EIGRP IPv4 Service Family"),
    VALUE(0x4002, "EIGRP IPv6 Service Family"),
    VALUE(0x4003, "LISP Canonical Address Format (LCAF)"),
    VALUE(0x4004, "BGP-LS"),
    VALUE(0x4005, "48-bit MAC Address"),
    VALUE(0x4006, "64-bit MAC Address"),
    VALUE(0x4007, "OUI"),
    VALUE(0x4008, "MAC/24"),
    VALUE(0x4009, "MAC/40"),
    VALUE(0x400a, "IPv6/64"),
    VALUE(0x400b, "RBridge Port ID"),
    VALUE(0x400c, "TRILL Nickname"),
    VALUE(0xffff, "Reserved"),
    VALUES_END};
static const struct value_name route_refresh_subtype_names[] = {
    VALUE(0, "Normal route refresh request [RFC2918] with/without ORF [RFC5291]"),
    VALUE(1, "Demarcation of the beginning of a route refresh"),
    VALUE(2, "Demarcation of the ending of a route refresh"), VALUES_END};
static const struct value_name route_refresh_safi_names[] = {
    VALUE(0, "Reserved"),
    VALUE(1, "Unicast"),
    VALUE(2, "Multicast"),
    VALUE(3, "Unicast+Multicast (Deprecated)"),
    VALUE(4, "Labeled Unicast"),
    VALUE(5, "MCAST-VPN"),
    VALUE(6, "Multi-Segment Pseudowires"),
    VALUE(7, "Encapsulation (Deprecated)"),
    VALUE(8, "MCAST-VPLS"),
    VALUE(64, "Tunnel (Deprecated)"),
    VALUE(65, "VPLS"),
    VALUE(66, "Cisco MDT"),
    VALUE(67, "4over6"),
    VALUE(68, "6over4"),
    VALUE(69, "Layer-1 VPN"),
    VALUE(70, "EVPN"),
    VALUE(71, "BGP-LS"),
    VALUE(72, "BGP-LS-VPN"),
    VALUE(73, "SR Policy"),
    VALUE(74, "SD-WAN"),
    VALUE(75, "Routing Policy Distribution"),
    VALUE(76, "Classful Transport Planes"),
    VALUE(77, "Tunneled Traffic Flowspec"),
    VALUE(78, "MCAST-TREE"),
    VALUE(128, "Labeled VPN Unicast"),
    VALUE(129, "Labeled VPN Multicast"),
    VALUE(130, "Labeled VPN Unicast+Multicast (Deprecated)"),
    VALUE(132, "Route Target Filter"),
    VALUE(133, "Flow Spec Filter"),
    VALUE(134, "Flow Spec Filter VPN"),
    VALUE(140, "Layer-3 VPN (Deprecated)"),
    VALUES_END};
static const struct value_name cap_type_names[] = {
    VALUE(0, "Reserved capability"),
    VALUE(1, "Multiprotocol extensions capability"),
    VALUE(2, "Route refresh capability"),
    VALUE(3, "Cooperative route filtering capability"),
    VALUE(4, "Multiple routes to a destination capability"),
    VALUE(5, "Extended Next Hop Encoding"),
    VALUE(6, "BGP-Extended Message"),
    VALUE(7, "BGPsec capability"),
    VALUE(8, "Multiple Labels capability"),
    VALUE(9, "BGP Role"),
    VALUE(64, "Graceful Restart capability"),
    VALUE(65, "Support for 4-octet AS number capability"),
    VALUE(66, "Deprecated Dynamic Capability (Cisco)"),
    VALUE(67, "Support for Dynamic capability"),
    VALUE(68, "Multisession BGP Capability"),
    VALUE(69, "Support for Additional Paths"),
    VALUE(70, "Enhanced route refresh capability"),
    VALUE(71, "Long-Lived Graceful Restart (LLGR) Capability"),
    VALUE(72, "CP-ORF Capability"),
    VALUE(73, "FQDN Capability"),
    VALUE(128, "Route refresh capability (Cisco)"),
    VALUE(130, "Cooperative route filtering capability (Cisco)"),
    VALUE(131, "Multisession BGP Capability (Cisco)"),
    VALUES_END};
static const struct value_name update_path_attribute_as_path_segment_type_names[] = {
    VALUE(1, "AS_SET"), VALUE(2, "AS_SEQUENCE"), VALUE(4, "AS_CONFED_SET"),
    VALUE(3, "AS_CONFED_SEQUENCE"), VALUES_END};
static const struct value_name update_path_attribute_community_wellknown_names[] = {
    VALUE(0xffff0000, "GRACEFUL_SHUTDOWN"),
    VALUE(0xffff0001, "ACCEPT_OWN"),
    VALUE(0xffff029a, "BLACKHOLE"),
    VALUE(0xffffff01, "NO_EXPORT"),
    VALUE(0xffffff02, "NO_ADVERTISE"),
    VALUE(0xffffff03, "NO_EXPORT_SUBCONFED"),
    VALUE(0xffffff04, "NOPEER"),
    VALUES_END};
static const struct value_name update_path_attribute_origin_names[] = {
    VALUE(0, "IGP"), VALUE(1, "EGP"), VALUE(2, "INCOMPLETE"), VALUES_END};
static const struct value_name update_path_attribute_flags_optional_names[] = {
    VALUE(0, "Not set"), VALUE(1, "Set"), VALUES_END};
static const struct value_name update_path_attribute_type_code_names[] = {
    VALUE(1, "ORIGIN"),
    VALUE(2, "AS_PATH"),
    VALUE(3, "NEXT_HOP"),
    VALUE(4, "MULTI_EXIT_DISC"),
    VALUE(5, "LOCAL_PREF"),
    VALUE(6, "ATOMIC_AGGREGATE"),
    VALUE(7, "AGGREGATOR"),
    VALUE(8, "COMMUNITIES"),
    VALUE(9, "ORIGINATOR_ID"),
    VALUE(10, "CLUSTER_LIST"),
    VALUE(11, "DPA"),
    VALUE(12, "ADVERTISER"),
    VALUE(13, "RCID_PATH / CLUSTER_ID"),
    VALUE(14, "MP_REACH_NLRI"),
    VALUE(15, "MP_UNREACH_NLRI"),
    VALUE(16, "EXTENDED_COMMUNITIES"),
    VALUE(17, "AS4_PATH"),
    VALUE(18, "AS4_AGGREGATOR"),
    VALUE(19, "SAFI_SPECIFIC_ATTRIBUTE"),
    VALUE(20, "Connector Attribute"),
    VALUE(21, "AS_PATHLIMIT "),
    VALUE(23, "TUNNEL_ENCAPSULATION_ATTRIBUTE"),
    VALUE(22, "PMSI_TUNNEL_ATTRIBUTE"),
    VALUE(24, "Traffic Engineering"),
    VALUE(25, "IPv6 Address Specific Extended Community"),
    VALUE(26, "AIGP"),
    VALUE(27, "PE Distinguisher Labels"),
    VALUE(28, "BGP Entropy Label Capability Attribute"),
    VALUE(29, "BGP-LS Attribute"),
    VALUE(30, "Deprecated"),
    VALUE(31, "Deprecated"),
    VALUE(32, "LARGE_COMMUNITY"),
    VALUE(33, "BGPsec_PATH"),
    VALUE(36, "D_PATH"),
    VALUE(40, "BGP Prefix-SID"),
    VALUE(99, "LINK_STATE (unofficial code point)"),
    VALUE(128, "ATTR_SET"),
    VALUE(129, "Deprecated"),
    VALUE(241, "Deprecated"),
    VALUE(242, "Deprecated"),
    VALUE(243, "Deprecated"),
    VALUES_END};

#define FIELDS(X)                                                                                  \
    X(MARKER, "bgp.marker", "Marker", BYTES, NONE, 0, NULL)                                        \
    X(LENGTH, "bgp.length", "Length", UINT16, DEC, 0, NULL)                                        \
    X(PREFIX_LENGTH, "bgp.prefix_length", "Prefix Length", UINT8, DEC, 0, NULL)                    \
    X(TYPE, "bgp.type", "Type", UINT8, DEC, 0, type_names)                                         \
    X(OPEN_VERSION, "bgp.open.version", "Version", UINT8, DEC, 0, NULL)                            \
    X(OPEN_MYAS, "bgp.open.myas", "My AS", UINT16, DEC, 0, NULL)                                   \
    X(OPEN_HOLDTIME, "bgp.open.holdtime", "Hold Time", UINT16, DEC, 0, NULL)                       \
    X(OPEN_IDENTIFIER, "bgp.open.identifier", "BGP Identifier", IPv4, NONE, 0, NULL)               \
    X(OPEN_OPT_LEN, "bgp.open.opt.len", "Optional Parameters Length", UINT8, DEC, 0, NULL)         \
    X(OPEN_OPT, "bgp.open.opt", "Optional Parameters", NONE, NONE, 0, NULL)                        \
    X(OPEN_OPT_PARAM, "bgp.open.opt.param", "Optional Parameter", NONE, NONE, 0, NULL)             \
    X(OPEN_OPT_PARAM_TYPE, "bgp.open.opt.param.type", "Parameter Type", UINT8, DEC, 0,             \
      open_opt_param_type_names)                                                                   \
    X(OPEN_OPT_PARAM_LEN, "bgp.open.opt.param.len", "Parameter Length", UINT8, DEC, 0, NULL)       \
    X(NOTIFY_MAJOR_ERROR, "bgp.notify.major_error", "Major error Code", UINT8, DEC, 0,             \
      notify_major_error_names)                                                                    \
    X(NOTIFY_MINOR_ERROR, "bgp.notify.minor_error", "Minor error Code (Message Header)", UINT8,    \
      DEC, 0, notify_minor_error_names)                                                            \
    X(NOTIFY_MINOR_ERROR_OPEN, "bgp.notify.minor_error_open", "Minor error Code (Open Message)",   \
      UINT8, DEC, 0, notify_minor_error_open_names)                                                \
    X(NOTIFY_MINOR_ERROR_UPDATE, "bgp.notify.minor_error_update",                                  \
      "Minor error Code (Update Message)", UINT8, DEC, 0, notify_minor_error_update_names)         \
    X(NOTIFY_MINOR_ERROR_EXPIRED, "bgp.notify.minor_error_expired",                                \
      "Minor error Code (Hold Timer Expired)", UINT8, DEC, 0, NULL)                                \
    X(NOTIFY_MINOR_ERROR_STATE, "bgp.notify.minor_error_state",                                    \
      "Minor error Code (State Machine)", UINT8, DEC, 0, notify_minor_error_state_names)           \
    X(NOTIFY_MINOR_ERROR_CEASE, "bgp.notify.minor_error_cease", "Minor error Code (Cease)", UINT8, \
      DEC, 0, notify_minor_error_cease_names)                                                      \
    X(NOTIFY_MINOR_ERROR_CAPABILITY, "bgp.notify.minor_error_capability",                          \
      "Minor error Code (Capability Message)", UINT8, DEC, 0, notify_minor_error_capability_names) \
    X(NOTIFY_MINOR_ERROR_UNKNOWN, "bgp.notify.minor_error_unknown", "Minor error Code (Unknown)",  \
      UINT8, DEC, 0, NULL)                                                                         \
    X(NOTIFY_MINOR_DATA, "bgp.notify.minor_data", "Data", BYTES, NONE, 0, NULL)                    \
    X(ROUTE_REFRESH_AFI, "bgp.route_refresh.afi", "Address family identifier (AFI)", UINT16, DEC,  \
      0, route_refresh_afi_names)                                                                  \
    X(ROUTE_REFRESH_SUBTYPE, "bgp.route_refresh.subtype", "Subtype", UINT8, DEC, 0,                \
      route_refresh_subtype_names)                                                                 \
    X(ROUTE_REFRESH_SAFI, "bgp.route_refresh.safi", "Subsequent address family identifier (SAFI)", \
      UINT8, DEC, 0, route_refresh_safi_names)                                                     \
    X(CAP, "bgp.cap", "Capability", NONE, NONE, 0, NULL)                                           \
    X(CAP_TYPE, "bgp.cap.type", "Type", UINT8, DEC, 0, cap_type_names)                             \
    X(CAP_LENGTH, "bgp.cap.length", "Length", UINT8, DEC, 0, NULL)                                 \
    X(CAP_UNKNOWN, "bgp.cap.unknown", "Unknown", BYTES, NONE, 0, NULL)                             \
    X(CAP_RESERVED, "bgp.cap.reserved", "Reserved", BYTES, NONE, 0, NULL)                          \
    X(CAP_MP_AFI, "bgp.cap.mp.afi", "AFI", UINT16, DEC, 0, route_refresh_afi_names)                \
    X(CAP_MP_SAFI, "bgp.cap.mp.safi", "SAFI", UINT8, DEC, 0, route_refresh_safi_names)             \
    X(CAP_4AS, "bgp.cap.4as", "AS Number", UINT32, DEC, 0, NULL)                                   \
    X(WITHDRAWN_ROUTES_LENGTH, "bgp.update.withdrawn_routes.length", "Withdrawn Routes Length",    \
      UINT16, DEC, 0, NULL)                                                                        \
    X(WITHDRAWN_ROUTES, "bgp.update.withdrawn_routes", "Withdrawn Routes", NONE, NONE, 0, NULL)    \
    X(AGGREGATOR_AS, "bgp.update.path_attribute.aggregator_as", "Aggregator AS", UINT32, DEC, 0,   \
      NULL)                                                                                        \
    X(PATH_ATTRIBUTES, "bgp.update.path_attributes", "Path attributes", NONE, NONE, 0, NULL)       \
    X(PATH_ATTRIBUTES_LENGTH, "bgp.update.path_attributes.length", "Total Path Attribute Length",  \
      UINT16, DEC, 0, NULL)                                                                        \
    X(AGGREGATOR_ORIGIN, "bgp.update.path_attribute.aggregator_origin", "Aggregator origin", IPv4, \
      NONE, 0, NULL)                                                                               \
    X(AS_PATH_SEGMENT, "bgp.update.path_attribute.as_path_segment", "AS Path segment", NONE, NONE, \
      0, NULL)                                                                                     \
    X(AS_PATH_SEGMENT_TYPE, "bgp.update.path_attribute.as_path_segment.type", "Segment type",      \
      UINT8, DEC, 0, update_path_attribute_as_path_segment_type_names)                             \
    X(AS_PATH_SEGMENT_LENGTH, "bgp.update.path_attribute.as_path_segment.length",                  \
      "Segment length (number of ASN)", UINT8, DEC, 0, NULL)                                       \
    X(AS_PATH_SEGMENT_AS2, "bgp.update.path_attribute.as_path_segment.as2", "AS2", UINT16, DEC, 0, \
      NULL)                                                                                        \
    X(AS_PATH_SEGMENT_AS4, "bgp.update.path_attribute.as_path_segment.as4", "AS4", UINT32, DEC, 0, \
      NULL)                                                                                        \
    X(COMMUNITIES, "bgp.update.path_attribute.communities", "Communities", NONE, NONE, 0, NULL)    \
    X(COMMUNITY, "bgp.update.path_attribute.community", "Community", NONE, NONE, 0, NULL)          \
    X(COMMUNITY_WELLKNOWN, "bgp.update.path_attribute.community_wellknown",                        \
      "Community Well-known", UINT32, HEX, 0, update_path_attribute_community_wellknown_names)     \
    X(COMMUNITY_AS, "bgp.update.path_attribute.community_as", "Community AS", UINT16, DEC, 0,      \
      NULL)                                                                                        \
    X(COMMUNITY_VALUE, "bgp.update.path_attribute.community_value", "Community value", UINT16,     \
      DEC, 0, NULL)                                                                                \
    X(LOCAL_PREF, "bgp.update.path_attribute.local_pref", "Local preference", UINT32, DEC, 0,      \
      NULL)                                                                                        \
    X(MULTI_EXIT_DISC, "bgp.update.path_attribute.multi_exit_disc", "Multiple exit discriminator", \
      UINT32, DEC, 0, NULL)                                                                        \
    X(NEXT_HOP, "bgp.update.path_attribute.next_hop", "Next hop", IPv4, NONE, 0, NULL)             \
    X(ORIGIN, "bgp.update.path_attribute.origin", "Origin", UINT8, DEC, 0,                         \
      update_path_attribute_origin_names)                                                          \
    X(PATH_ATTRIBUTE, "bgp.update.path_attribute", "Path Attribute", NONE, NONE, 0, NULL)          \
    X(FLAGS, "bgp.update.path_attribute.flags", "Flags", UINT8, HEX, 0, NULL)                      \
    X(FLAGS_OPTIONAL, "bgp.update.path_attribute.flags.optional", "Optional", BOOLEAN, 8, 0x80,    \
      update_path_attribute_flags_optional_names)                                                  \
    X(FLAGS_TRANSITIVE, "bgp.update.path_attribute.flags.transitive", "Transitive", BOOLEAN, 8,    \
      0x40, update_path_attribute_flags_optional_names)                                            \
    X(FLAGS_PARTIAL, "bgp.update.path_attribute.flags.partial", "Partial", BOOLEAN, 8, 0x20,       \
      update_path_attribute_flags_optional_names)                                                  \
    X(FLAGS_EXTENDED_LENGTH, "bgp.update.path_attribute.flags.extended_length", "Extended-Length", \
      BOOLEAN, 8, 0x10, update_path_attribute_flags_optional_names)                                \
    X(FLAGS_UNUSED, "bgp.update.path_attribute.flags.unused", "Unused", UINT8, HEX, 0xf, NULL)     \
    X(TYPE_CODE, "bgp.update.path_attribute.type_code", "Type Code", UINT8, DEC, 0,                \
      update_path_attribute_type_code_names)                                                       \
    X(LENGTH_, "bgp.update.path_attribute.length", "Length", UINT16, DEC, 0, NULL)                 \
    X(MP_REACH_NLRI_AFI, "bgp.update.path_attribute.mp_reach_nlri.afi",                            \
      "Address family identifier (AFI)", UINT16, DEC, 0, route_refresh_afi_names)                  \
    X(MP_REACH_NLRI_SAFI, "bgp.update.path_attribute.mp_reach_nlri.safi",                          \
      "Subsequent address family identifier (SAFI)", UINT8, DEC, 0, route_refresh_safi_names)      \
    X(MP_REACH_NLRI_NEXT_HOP, "bgp.update.path_attribute.mp_reach_nlri.next_hop", "Next hop",      \
      BYTES, NONE, 0, NULL)                                                                        \
    X(MP_REACH_NLRI_NEXT_HOP_IPV4, "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4",        \
      "IPv4 Address", IPv4, NONE, 0, NULL)                                                         \
    X(MP_REACH_NLRI_NEXT_HOP_IPV6, "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6",        \
      "IPv6 Address", IPv6, NONE, 0, NULL)                                                         \
    X(MP_REACH_NLRI, "bgp.update.path_attribute.mp_reach_nlri",                                    \
      "Network Layer Reachability Information (NLRI)", NONE, NONE, 0, NULL)                        \
    X(MP_UNREACH_NLRI_AFI, "bgp.update.path_attribute.mp_unreach_nlri.afi",                        \
      "Address family identifier (AFI)", UINT16, DEC, 0, route_refresh_afi_names)                  \
    X(MP_UNREACH_NLRI_SAFI, "bgp.update.path_attribute.mp_unreach_nlri.safi",                      \
      "Subsequent address family identifier (SAFI)", UINT8, DEC, 0, route_refresh_safi_names)      \
    X(MP_UNREACH_NLRI, "bgp.update.path_attribute.mp_unreach_nlri", "Withdrawn Routes", NONE,      \
      NONE, 0, NULL)                                                                               \
    X(ORIGINATOR_ID, "bgp.update.path_attribute.originator_id", "Originator identifier", IPv4,     \
      NONE, 0, NULL)                                                                               \
    X(CLUSTER_LIST, "bgp.path_attribute.cluster_list", "Cluster List", NONE, NONE, 0, NULL)        \
    X(CLUSTER_ID, "bgp.path_attribute.cluster_id", "Cluster ID", IPv4, NONE, 0, NULL)              \
    X(WITHDRAWN_PREFIX, "bgp.withdrawn_prefix", "Withdrawn prefix", IPv4, NONE, 0, NULL)           \
    X(NLRI, "bgp.update.nlri", "Network Layer Reachability Information (NLRI)", NONE, NONE, 0,     \
      NULL)                                                                                        \
    X(MP_REACH_NLRI_IPV4_PREFIX, "bgp.mp_reach_nlri_ipv4_prefix", "MP Reach NLRI IPv4 prefix",     \
      IPv4, NONE, 0, NULL)                                                                         \
    X(MP_UNREACH_NLRI_IPV4_PREFIX, "bgp.mp_unreach_nlri_ipv4_prefix",                              \
      "MP Unreach NLRI IPv4 prefix", IPv4, NONE, 0, NULL)                                          \
    X(MP_REACH_NLRI_IPV6_PREFIX, "bgp.mp_reach_nlri_ipv6_prefix", "MP Reach NLRI IPv6 prefix",     \
      IPv6, NONE, 0, NULL)                                                                         \
    X(MP_UNREACH_NLRI_IPV6_PREFIX, "bgp.mp_unreach_nlri_ipv6_prefix",                              \
      "MP Unreach NLRI IPv6 prefix", IPv6, NONE, 0, NULL)                                          \
    X(NLRI_PREFIX, "bgp.nlri_prefix", "NLRI prefix", IPv4, NONE, 0, NULL)                          \
    X(NOTIFY_MINOR_ERROR_UNKNOWN_, "bgp.notify.minor_error.unknown", "Unknown notification error", \
      NONE, NONE, 0, NULL)

FIELD_TABLE(FIELDS);

enum { HEAD = 19, MAX_MESSAGE = 65535, MARKER_LENGTH = 16 };
enum { OPEN = 1, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH, CISCO_REFRESH = 128 };
enum {
    A_ORIGIN = 1,
    A_AS_PATH,
    A_NEXT_HOP,
    A_DISCRIMINATOR,
    A_PREFERENCE,
    A_ATOMIC,
    A_AGGREGATOR,
    A_COMMUNITIES,
    A_ORIGINATOR,
    A_CLUSTERS,
    A_MP_REACH = 14,
    A_MP_UNREACH,
    A_AS4_PATH = 17,
    A_AS4_AGGREGATOR
};
enum {
    CAP_MULTIPROTOCOL = 1,
    CAP_AS4 = 65,
    PARAMETER_CAPABILITY = 2,
    IPV4 = 1,
    IPV6 = 2,
    UNICAST = 1,
    EXTENDED_LENGTH = 0x10
};

static uint32_t message(struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, HEAD);
    if (head == NULL)
        return STREAM_MORE;
    for (unsigned i = 0; i < MARKER_LENGTH; i++) {
        if (head[i] != 0xff)
            return 0;
    }
    return be16(head + 16) >= HEAD ? be16(head + 16) : 0;
}

static bool probe(const struct packet *p, const struct cursor *c)
{
    (void)p;
    const uint8_t *head = cursor_peek(c, 0, 1);
    return head != NULL && *head == 0xff;
}

/* ---- Open ------------------------------------------------------------------------------------ */

static void put_capability(struct packet *p, struct cursor *c)
{
    const uint8_t *head = cursor_peek(c, 0, 2);
    put_data(p, c, CAP, c->pos, head == NULL ? 2 : 2u + head[1], "", 0);
    uint32_t tree = tree_begin(p, CAP);
    uint8_t type = put_u8(p, c, CAP_TYPE), length = put_u8(p, c, CAP_LENGTH);
    struct cursor v = cursor_part(c, length);
    if (type == CAP_MULTIPROTOCOL && length == 4) {
        (void)put_u16(p, &v, CAP_MP_AFI);
        (void)put_bytes(p, &v, CAP_RESERVED, 1);
        (void)put_u8(p, &v, CAP_MP_SAFI);
    } else if (type == CAP_AS4 && length == 4) {
        (void)put_u32(p, &v, CAP_4AS);
    } else if (length > 0) {
        (void)put_bytes(p, &v, CAP_UNKNOWN, length);
    }
    tree_end(p, tree);
}

static void put_open(struct packet *p, struct cursor *c)
{
    (void)put_u8(p, c, OPEN_VERSION);
    (void)put_u16(p, c, OPEN_MYAS);
    (void)put_u16(p, c, OPEN_HOLDTIME);
    (void)put_ipv4(p, c, OPEN_IDENTIFIER);
    uint8_t length = put_u8(p, c, OPEN_OPT_LEN);
    if (length == 0 || c->fault != CURSOR_OK)
        return;
    struct cursor o = cursor_part(c, length);
    put_data(p, &o, OPEN_OPT, o.pos, length, "", 0);
    uint32_t tree = tree_begin(p, OPEN_OPT);
    while (cursor_left(&o) >= 2 && o.fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(&o, 0, 2);
        put_data(p, &o, OPEN_OPT_PARAM, o.pos, head == NULL ? 2 : 2u + head[1], "", 0);
        uint32_t under = tree_begin(p, OPEN_OPT_PARAM);
        uint8_t type = put_u8(p, &o, OPEN_OPT_PARAM_TYPE), size = put_u8(p, &o, OPEN_OPT_PARAM_LEN);
        struct cursor v = cursor_part(&o, size);
        while (type == PARAMETER_CAPABILITY && cursor_left(&v) >= 2 && v.fault == CURSOR_OK)
            put_capability(p, &v);
        tree_end(p, under);
    }
    tree_end(p, tree);
}

/* ---- Update ---------------------------------------------------------------------------------- */

static bool put_prefix(struct packet *p, struct cursor *c, unsigned field, bool six)
{
    uint32_t start = c->pos;
    uint8_t bits = put_u8(p, c, PREFIX_LENGTH);
    uint32_t n = (bits + 7u) / 8, most = six ? 16 : 4;
    const uint8_t *b = n > most ? NULL : cursor_take(c, n);
    uint8_t *whole = b == NULL ? NULL : arena_alloc(p->arena, 16);
    if (whole == NULL)
        return false;
    memset(whole, 0, 16);
    memcpy(whole, b, n);
    if (six)
        put_data(p, c, field, start + 1, n, whole, 16);
    else
        put_uint(p, c, field, start + 1, n, be32(whole));
    return true;
}

static void put_prefixes(struct packet *p, struct cursor *c, unsigned group, unsigned field,
                         bool six)
{
    if (cursor_left(c) == 0)
        return;
    put_data(p, c, group, c->pos, cursor_left(c), "", 0);
    uint32_t tree = tree_begin(p, group);
    while (cursor_left(c) > 0 && put_prefix(p, c, field, six)) {
    }
    tree_end(p, tree);
}

/* Do the segments of a path fill it if their numbers have `size` bytes each? */
static bool path_fits(const struct cursor *v, uint32_t size)
{
    uint32_t at = 0, n = cursor_left(v);
    while (at < n) {
        const uint8_t *head = cursor_peek(v, at, 2);
        if (head == NULL || head[0] < 1 || head[0] > 4 || head[1] == 0)
            return false;
        at += 2 + head[1] * size;
    }
    return at == n;
}

/* Whether AS numbers have 2 or 4 bytes was agreed upon in the open messages, which may not have
 * been seen. */
static void put_as_path(struct packet *p, struct cursor *v, bool four)
{
    uint32_t size = four || !path_fits(v, 2) ? 4 : 2;
    while (cursor_left(v) >= 2 && v->fault == CURSOR_OK) {
        const uint8_t *head = cursor_peek(v, 0, 2);
        put_data(p, v, AS_PATH_SEGMENT, v->pos, head == NULL ? 2 : 2 + head[1] * size, "", 0);
        uint32_t tree = tree_begin(p, AS_PATH_SEGMENT);
        (void)put_u8(p, v, AS_PATH_SEGMENT_TYPE);
        uint8_t count = put_u8(p, v, AS_PATH_SEGMENT_LENGTH);
        for (; count > 0 && v->fault == CURSOR_OK; count--)
            (void)put_uint_be(p, v, size == 4 ? AS_PATH_SEGMENT_AS4 : AS_PATH_SEGMENT_AS2, size);
        tree_end(p, tree);
    }
}

/* RFC 1997: some values are well known. */
static void put_communities(struct packet *p, struct cursor *v)
{
    put_data(p, v, COMMUNITIES, v->pos, cursor_left(v), "", 0);
    uint32_t tree = tree_begin(p, COMMUNITIES);
    while (cursor_left(v) >= 4 && v->fault == CURSOR_OK) {
        const uint8_t *b = cursor_peek(v, 0, 2);
        if (b != NULL && be16(b) == 0xffff) {
            (void)put_u32(p, v, COMMUNITY_WELLKNOWN);
            continue;
        }
        put_data(p, v, COMMUNITY, v->pos, 4, "", 0);
        uint32_t under = tree_begin(p, COMMUNITY);
        (void)put_u16(p, v, COMMUNITY_AS);
        (void)put_u16(p, v, COMMUNITY_VALUE);
        tree_end(p, under);
    }
    tree_end(p, tree);
}

static void put_reach(struct packet *p, struct cursor *v, bool reach)
{
    uint16_t family = put_u16(p, v, reach ? MP_REACH_NLRI_AFI : MP_UNREACH_NLRI_AFI);
    uint8_t kind = put_u8(p, v, reach ? MP_REACH_NLRI_SAFI : MP_UNREACH_NLRI_SAFI);
    if (reach) {
        const uint8_t *peek = cursor_peek(v, 0, 1);
        uint8_t length = peek == NULL ? 0 : *peek;
        struct cursor hop = *v;
        cursor_skip(&hop, 1);
        (void)put_bytes(p, v, MP_REACH_NLRI_NEXT_HOP, length + 1u);
        uint32_t tree = tree_begin(p, MP_REACH_NLRI_NEXT_HOP);
        if (length == 4)
            (void)put_ipv4(p, &hop, MP_REACH_NLRI_NEXT_HOP_IPV4);
        else if (length >= 16)
            (void)put_bytes(p, &hop, MP_REACH_NLRI_NEXT_HOP_IPV6, 16);
        tree_end(p, tree);
        cursor_skip(v, 1);
    }
    if (kind != UNICAST || (family != IPV4 && family != IPV6) || v->fault != CURSOR_OK)
        return;
    bool six = family == IPV6;
    unsigned field = reach ? (six ? MP_REACH_NLRI_IPV6_PREFIX : MP_REACH_NLRI_IPV4_PREFIX)
                           : (six ? MP_UNREACH_NLRI_IPV6_PREFIX : MP_UNREACH_NLRI_IPV4_PREFIX);
    put_prefixes(p, v, reach ? MP_REACH_NLRI : MP_UNREACH_NLRI, field, six);
}

static void put_attribute_value(struct packet *p, struct cursor *v, uint8_t type)
{
    switch (type) {
    case A_ORIGIN:
        (void)put_u8(p, v, ORIGIN);
        break;
    case A_AS_PATH:
    case A_AS4_PATH:
        put_as_path(p, v, type == A_AS4_PATH);
        break;
    case A_NEXT_HOP:
        (void)put_ipv4(p, v, NEXT_HOP);
        break;
    case A_DISCRIMINATOR:
        (void)put_u32(p, v, MULTI_EXIT_DISC);
        break;
    case A_PREFERENCE:
        (void)put_u32(p, v, LOCAL_PREF);
        break;
    case A_AGGREGATOR:
    case A_AS4_AGGREGATOR:
        (void)put_uint_be(p, v, AGGREGATOR_AS, cursor_left(v) == 8 ? 4 : 2);
        (void)put_ipv4(p, v, AGGREGATOR_ORIGIN);
        break;
    case A_COMMUNITIES:
        put_communities(p, v);
        break;
    case A_ORIGINATOR:
        (void)put_ipv4(p, v, ORIGINATOR_ID);
        break;
    case A_CLUSTERS: {
        put_data(p, v, CLUSTER_LIST, v->pos, cursor_left(v), "", 0);
        uint32_t tree = tree_begin(p, CLUSTER_LIST);
        while (cursor_left(v) >= 4)
            (void)put_ipv4(p, v, CLUSTER_ID);
        tree_end(p, tree);
        break;
    }
    case A_MP_REACH:
    case A_MP_UNREACH:
        put_reach(p, v, type == A_MP_REACH);
        break;
    default:
        break;
    }
}

static void put_attribute(struct packet *p, struct cursor *c)
{
    put_data(p, c, PATH_ATTRIBUTE, c->pos, 3, "", 0);
    uint32_t tree = tree_begin(p, PATH_ATTRIBUTE);
    uint8_t flags = put_u8(p, c, FLAGS);
    uint32_t under = tree_begin(p, FLAGS);
    if (c->fault == CURSOR_OK)
        put_flags(p, c, FLAGS_OPTIONAL, 5, c->pos - 1, 1, flags);
    tree_end(p, under);
    uint8_t type = put_u8(p, c, TYPE_CODE);
    uint32_t size = (flags & EXTENDED_LENGTH) != 0 ? 2 : 1,
             length = (uint32_t)put_uint_be(p, c, LENGTH_, size);
    struct cursor v = cursor_part(c, length);
    put_attribute_value(p, &v, type);
    tree_end(p, tree);
    if (v.fault != CURSOR_OK)
        c->fault = v.fault;
}

static void put_update(struct packet *p, struct cursor *c)
{
    uint16_t length = put_u16(p, c, WITHDRAWN_ROUTES_LENGTH);
    struct cursor withdrawn = cursor_part(c, length);
    put_prefixes(p, &withdrawn, WITHDRAWN_ROUTES, WITHDRAWN_PREFIX, false);
    length = put_u16(p, c, PATH_ATTRIBUTES_LENGTH);
    if (c->fault != CURSOR_OK)
        return;
    if (length > 0) {
        struct cursor a = cursor_part(c, length);
        put_data(p, &a, PATH_ATTRIBUTES, a.pos, length, "", 0);
        uint32_t tree = tree_begin(p, PATH_ATTRIBUTES);
        while (cursor_left(&a) > 0 && a.fault == CURSOR_OK)
            put_attribute(p, &a);
        tree_end(p, tree);
        if (a.fault != CURSOR_OK) {
            c->fault = a.fault;
            return;
        }
    }
    put_prefixes(p, c, NLRI, NLRI_PREFIX, false);
}

/* ---- The others ------------------------------------------------------------------------------ */

static void put_notification(struct packet *p, struct cursor *c)
{
    static const uint16_t minors[] = {NOTIFY_MINOR_ERROR_UNKNOWN, NOTIFY_MINOR_ERROR,
                                      NOTIFY_MINOR_ERROR_OPEN,    NOTIFY_MINOR_ERROR_UPDATE,
                                      NOTIFY_MINOR_ERROR_EXPIRED, NOTIFY_MINOR_ERROR_STATE,
                                      NOTIFY_MINOR_ERROR_CEASE,   NOTIFY_MINOR_ERROR_CAPABILITY};
    uint8_t major = put_u8(p, c, NOTIFY_MAJOR_ERROR);
    (void)put_u8(p, c, minors[major <= 7 ? major : 0]);
    if (cursor_left(c) > 0)
        (void)put_bytes(p, c, NOTIFY_MINOR_DATA, cursor_left(c));
}

static void dissect(struct packet *p, struct cursor *c)
{
    (void)put_bytes(p, c, MARKER, MARKER_LENGTH);
    uint16_t length = put_u16(p, c, LENGTH);
    uint8_t type = put_u8(p, c, TYPE);
    if (c->fault != CURSOR_OK || length < HEAD)
        return;
    cursor_trim(c, length - (uint32_t)HEAD);
    const char *name = value_name_find(type_names, type);
    title(p, "Border Gateway Protocol - %s", name != NULL ? name : "Unknown");
    info_set(p, "%s", name != NULL ? name : "Unknown");
    if (type == OPEN) {
        put_open(p, c);
    } else if (type == UPDATE) {
        put_update(p, c);
    } else if (type == NOTIFICATION) {
        put_notification(p, c);
    } else if (type == ROUTE_REFRESH || type == CISCO_REFRESH) {
        (void)put_u16(p, c, ROUTE_REFRESH_AFI);
        (void)put_u8(p, c, ROUTE_REFRESH_SUBTYPE);
        (void)put_u8(p, c, ROUTE_REFRESH_SAFI);
    }
}

static const struct binding bindings[] = {{"tcp.port", 179}, {NULL, 0}};

const struct protocol proto_bgp = {.name = "bgp",
                                   .title = "Border Gateway Protocol",
                                   .column = "BGP",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .probe = probe,
                                   .message = message,
                                   .dissect = dissect};
