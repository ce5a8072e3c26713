/** `bucordo`: the command line, and what programs may use of it: networks of several members on one machine. */

export { CommandError, type ErrorFacts } from './command-error.ts';
export { type Connection, openConnection } from './connection.ts';
export type { MemberProcess } from './dev/control.ts';
export type {
  Example,
  ExampleCall,
  ExampleFigure,
  ExampleQuery,
  ExampleSubmitter,
  ExampleValue,
} from './dev/example.ts';
export { type DevNetwork, type DevNetworkOptions, devPortDefault, startDevNetwork } from './dev-network.ts';
export type {
  IdentityDescription,
  MemberDescription,
  NetworkDescription,
} from './network/network-description.ts';
export { endpointOf, type LoadedProfile, type MemberEndpoint, type Profile } from './profile.ts';
