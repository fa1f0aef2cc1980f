/** `/srv/app/lua/demo.lua:5` as `demo.lua:5`: reports of two machines should be the same. An `init.lua` keeps the folder that names it. */
export function shortSource(source: string | null): string | null {
  return source?.replace(/(^|\()(?:[^()]*?\/)?((?:[^()/]+\/)?init\.lua|[^()/]+)(?=$|[:)])/g, '$1$2') ?? null
}
