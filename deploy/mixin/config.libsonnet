// What an installation may want to change; the rest follows from it.
{
  // The job under which Prometheus scrapes the probes.
  job: 'agentcore-probe',

  // How much of the time a path may be broken, 43 minutes in 30 days.
  objective: 0.999,

  // Where the pages of alerts and findings are read.
  docs: 'https://github.com/agentcore-probe/probe/blob/main/docs/',

  // Limits of staleness, in seconds: paths run each minute and the AWS
  // configuration is read every five, by default.
  staleRun: 600,
  staleInventory: 1800,
}
