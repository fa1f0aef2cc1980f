import { cpus, release, type } from 'node:os'
import type { Environment } from '../types/identity.js'

/** This machine, and what runs on it. */
export function environment(openresty: string, luajit: string | null): Environment {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() || 'unknown',
    cores: cores.length,
    os: `${type()} ${release()}`,
    node: process.version,
    openresty,
    luajit,
  }
}

/** What makes times of two environments incomparable, in words; empty where nothing does. */
export function environmentDifferences(base: Environment, head: Environment): string[] {
  const names = Object.keys(base) as (keyof Environment)[]
  return names.filter((name) => base[name] !== head[name]).map((name) => `${name}: ${base[name]} / ${head[name]}`)
}
