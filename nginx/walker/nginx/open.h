/* Which of a worker's connections are open, so that something could come while it is idle. */
#ifndef HW_OPEN_H
#define HW_OPEN_H

#include "nginx/slots.h"

/*
** Connections of clients, to upstreams and resolvers, and timers' Lua code that waits: it has a connection without a socket. Not
** the listening sockets, the channel to the master, nor a pipe of signals. False where it can't be told.
*/
bool open_count(const struct slots *s, uint64_t *open);

#endif
