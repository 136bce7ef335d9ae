// Shapes of data from outside. zod enters the project here.
export { z } from 'zod'
