/** The decorators of the container that services need, so that they import one package. */
export { inject, injectable, named, optional, postConstruct, preDestroy } from 'inversify'
