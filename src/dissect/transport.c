#include "dissect/transport.h"

const char *tcp_state_name(unsigned state)
{
    static const char *const names[] = {"?",          "CLOSED",      "LISTEN",     "SYN_SENT",
                                        "SYN_RCVD",   "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
                                        "CLOSE_WAIT", "CLOSING",     "LAST_ACK",   "TIME_WAIT"};
    return names[state <= TCP_TIME_WAIT ? state : TCP_UNKNOWN];
}
