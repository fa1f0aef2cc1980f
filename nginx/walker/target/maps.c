#define _GNU_SOURCE
#include "target/core.h"
#include "target/maps.h"
#include "target/process.h"
#include "base/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_MAPPINGS = 1 << 20,		/* the kernel's own default limit is 65530 */
	RIGHTS = 4,
};

/* The number that a text begins with, and what comes after it. */
static uint64_t number(const char **at, unsigned base)
{
	uint64_t n = 0;

	for (;; ++*at) {
		const char c = **at;
		const unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : base;

		if (digit >= base)
			return n;
		n = n * base + digit;
	}
}

static bool skip(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

/* "start-end rwxp offset major:minor inode    path" */
bool mapping_parse(const char *line, struct mapping *m, bool *executable)
{
	const char *at = line, *rights;
	size_t n = 0;

	memset(m, 0, sizeof(*m));
	m->start = number(&at, 16);
	if (!skip(&at, '-'))
		return false;
	m->end = number(&at, 16);
	if (!skip(&at, ' '))
		return false;
	rights = at;
	if (strnlen(rights, RIGHTS) < RIGHTS)
		return false;
	at += RIGHTS;
	if (!skip(&at, ' '))
		return false;
	m->offset = number(&at, 16);
	if (!skip(&at, ' '))
		return false;
	number(&at, 16);
	if (!skip(&at, ':'))
		return false;
	number(&at, 16);
	if (!skip(&at, ' '))
		return false;
	m->inode = number(&at, 10);
	while (skip(&at, ' '))
		;
	for (; n < sizeof(m->path) - 1 && at[n] && at[n] != '\n'; n++)
		m->path[n] = at[n];
	m->readable = rights[0] == 'r';
	m->writable = rights[1] == 'w';
	*executable = rights[2] == 'x';
	m->shared = rights[3] == 's';
	return m->end > m->start;
}

int maps_read(pid_t pid, struct maps *maps)
{
	size_t room = 0;
	char *text;

	maps->list = NULL;
	maps->count = 0;
	if (pid == CORE)
		return core_maps(maps);
	text = process_text_all(pid, "maps");
	if (!text)
		return -1;
	errno = ESRCH;	/* a process without memory has exited */
	for (const char *line = text; line && *line && maps->count < MAX_MAPPINGS; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		bool executable;

		if (!LIST_HAS_ROOM(maps->list, maps->count, room)) {
			maps_free(maps);
			errno = ENOMEM;
			break;
		}
		if (mapping_parse(line, &maps->list[maps->count], &executable))
			maps->count++;
	}
	free(text);
	return maps->count ? 0 : -1;
}

void maps_free(struct maps *maps)
{
	free(maps->list);
	maps->list = NULL;
	maps->count = 0;
}
