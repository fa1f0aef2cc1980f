#include "nginx/nginx.h"

#include <inttypes.h>
#include <string.h>

enum { MODULE_VERSION = 40 };	/* in ngx_module_t, since 1.9.11 */

static const char *const names[NCOUNTERS] = {"requests", "accepted", "handled", "active", "reading", "writing", "waiting"};

static uint64_t read_word(pid_t pid, uint64_t address)
{
	uint64_t v = 0;

	if (address == 0 || memory_read(pid, raddr(address), &v, sizeof(v)) != 0)
		return 0;
	return v;
}

void nginx_counters(struct counters *c, const struct symbols *s, pid_t pid)
{
	char symbol[32];

	memset(c, 0, sizeof(*c));
	c->known = true;
	for (int i = 0; i < NCOUNTERS; i++) {
		uint64_t cell;

		snprintf(symbol, sizeof(symbol), "ngx_stat_%s", names[i]);
		cell = read_word(pid, symbols_find(s, symbol));	/* each is a pointer into shared memory */
		if (cell == 0 || memory_read(pid, raddr(cell), &c->values[i], 8) != 0)
			c->known = false;
	}
}

void nginx_counters_json(FILE *out, const struct counters *c)
{
	if (!c->known) {
		fputs("null", out);
		return;
	}
	for (int i = 0; i < NCOUNTERS; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "{", names[i], c->values[i]);
	fputc('}', out);
}

/* ngx_cycle->conf_ctx[ngx_http_module.index]->main_conf[ngx_http_lua_module.ctx_index]->lua */
uint64_t nginx_lua_state(const struct symbols *s, pid_t pid, const char *subsystem)
{
	char name[64];
	uint64_t core, lua, conf;

	snprintf(name, sizeof(name), "ngx_%s_module", subsystem);
	core = symbols_find(s, name);
	snprintf(name, sizeof(name), "ngx_%s_lua_module", subsystem);
	lua = symbols_find(s, name);
	if (core == 0 || lua == 0)
		return 0;
	conf = read_word(pid, read_word(pid, symbols_find(s, "ngx_cycle")));
	conf = conf ? read_word(pid, conf + 8 * read_word(pid, core + 8)) : 0;
	conf = read_word(pid, conf);
	conf = conf ? read_word(pid, conf + 8 * read_word(pid, lua)) : 0;
	return read_word(pid, conf);
}

void nginx_cycle(struct cycle *c, const struct symbols *s, pid_t pid)
{
	const uint64_t core = symbols_find(s, "ngx_core_module"), channel = symbols_find(s, "ngx_channel");

	c->address = read_word(pid, symbols_find(s, "ngx_cycle"));
	c->version = core ? read_word(pid, core + MODULE_VERSION) : 0;
	if (c->version < 1000000 || c->version >= 2000000)
		c->version = 0;
	c->next_number = read_word(pid, read_word(pid, symbols_find(s, "ngx_connection_counter")));
	if (channel == 0 || memory_read(pid, raddr(channel), &c->channel, sizeof(c->channel)) != 0)
		c->channel = -1;
}
