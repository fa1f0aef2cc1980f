/** The pages in the order in which they are listed beside each other: by what a reader comes for. */
export const GROUPS = [
  {
    title: 'Begin',
    files: ['README.md', 'docs/install.md', 'docs/init.md', 'docs/tests.md', 'docs/reading.md', 'examples/README.md'],
  },
  { title: 'Load', files: ['docs/load.md', 'docs/requests.md', 'docs/routes.md', 'docs/gateways.md'] },
  { title: 'Gate', files: ['docs/budgets.md', 'docs/ci.md', 'docs/bisect.md', 'docs/reports.md'] },
  { title: 'Look', files: ['docs/live.md', 'docs/scenarios.md'] },
  { title: 'Look up', files: ['docs/api.md', 'docs/commands.md', 'docs/conf.md', 'docs/limits.md'] },
  { title: 'Help', files: ['docs/troubleshooting.md', 'docs/faq.md'] },
  {
    title: 'Inside',
    files: ['docs/how-it-works.md', 'ARCHITECTURE.md', 'nginx/walker/FORMAT.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  },
]
