// What an installation may want to change; the rest follows from it.
{
  // The job under which Prometheus scrapes the probes.
  job: 'agentcore-probe',

  // The external labels by which many VPCs that send to one place are told apart
  // (deploy/compose/remote-write.yml), and what tells one probe from any other. A
  // label that is not there is equal to one that is not there either.
  vpc: ['account', 'region', 'vpc'],
  probe: self.vpc + ['az', 'job', 'instance'],

  // How much of the time a path may be broken, 43 minutes in 30 days.
  objective: 0.999,

  // Where the pages of alerts and findings are read.
  docs: 'https://github.com/agentcore-probe/probe/blob/main/docs/',

  // Limits of staleness, in seconds: paths run each minute and the AWS
  // configuration is read every five, by default.
  staleRun: 600,
  staleInventory: 1800,
}
