#define _GNU_SOURCE
#include "target/areas.h"
#include "target/core.h"
#include "base/list.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_STEP = 1 << 18 };

/* All at once, so that little is done while the process waits. */
static char *read_all(pid_t pid)
{
	size_t room = READ_STEP, size = 0;
	char name[64], *text;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/smaps", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	text = fd < 0 ? NULL : malloc(room);
	while (text) {
		ssize_t n = read(fd, text + size, room - size - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			text[size] = '\0';
			break;
		}
		size += (size_t)n;
		if (room - size < READ_STEP / 2) {
			char *more = realloc(text, room *= 2);

			if (!more) {
				free(text);
				text = NULL;
			} else {
				text = more;
			}
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static bool area_parse(const char *text, struct area *a)
{
	char line[512], perms[5] = "";
	int path_at = 0;

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);	/* a longer path is cut anyway */
	memset(a, 0, sizeof(*a));
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n", &a->m.start, &a->m.end, perms, &a->m.offset,
		   &a->m.inode, &path_at) < 5)
		return false;
	a->m.readable = perms[0] == 'r';
	a->m.writable = perms[1] == 'w';
	a->executable = perms[2] == 'x';
	a->m.shared = perms[3] == 's';
	if (path_at > 0)
		snprintf(a->m.path, sizeof(a->m.path), "%.*s", (int)sizeof(a->m.path) - 1, line + path_at);
	return true;
}

/* VmFlags of madvise(): MADV_DONTFORK, MADV_WIPEONFORK. */
static bool is_lost_by_fork(const char *line)
{
	const size_t n = strcspn(line, "\n");

	for (const char *flag = line + strlen("VmFlags:"); flag + 3 <= line + n; flag += 3)
		if (strncmp(flag, " dc", 3) == 0 || strncmp(flag, " wf", 3) == 0)
			return true;
	return false;
}

/* Heads of mappings begin with a hexadecimal digit in lower case, what is said of them with a capital. */
static bool is_detail(const char *line)
{
	return *line >= 'A' && *line <= 'Z';
}

int areas_read(struct areas *areas, pid_t pid)
{
	size_t room = 0;
	char *text;

	memset(areas, 0, sizeof(*areas));
	if (pid == CORE)
		return core_areas(areas);
	text = read_all(pid);
	for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		unsigned long long kb;

		if (is_detail(line)) {
			if (areas->count && strncmp(line, "Rss:", 4) == 0 && sscanf(line + 4, "%llu", &kb) == 1)
				areas->list[areas->count - 1].rss = (uint64_t)kb * 1024;
			if (areas->count && strncmp(line, "VmFlags:", 8) == 0)
				areas->list[areas->count - 1].lost_by_fork = is_lost_by_fork(line);
			continue;
		}
		if (!LIST_HAS_ROOM(areas->list, areas->count, room))
			break;
		if (area_parse(line, &areas->list[areas->count]))
			areas->count++;
	}
	free(text);
	if (areas->count == 0)
		errno = errno ? errno : ESRCH;
	return areas->count ? 0 : -1;
}

void areas_free(struct areas *areas)
{
	free(areas->list);
	memset(areas, 0, sizeof(*areas));
}

const char *area_file(const struct area *a)
{
	const char *slash = strrchr(a->m.path, '/');

	return slash ? slash + 1 : a->m.path;
}

bool area_is_anonymous(const struct area *a)
{
	return a->m.inode == 0 && !a->m.shared &&
	       (a->m.path[0] == '\0' || strcmp(a->m.path, "[heap]") == 0 || strncmp(a->m.path, "[anon", 5) == 0);
}

bool area_in_image(const struct area *a)
{
	return area_is_anonymous(a) && a->m.readable && a->m.writable;
}

bool area_same_file(const struct area *a, const struct area *b)
{
	return a->m.inode == b->m.inode && strcmp(a->m.path, b->m.path) == 0;
}

bool area_is_code(const struct area *file, const struct areas *areas)
{
	for (size_t i = 0; i < areas->count; i++)
		if (areas->list[i].executable && area_same_file(&areas->list[i], file))
			return true;
	return false;
}
